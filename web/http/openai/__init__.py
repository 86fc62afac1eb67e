"""``/v1``: OpenAI's HTTP interface, so that programs written for it can talk to agents.

A request becomes an ordinary durable message, runs in a worker, and is answered from the run's stream and from SQL.
"""
