-- Reserve the next moment at which an account may send, if it comes soon enough.
-- KEYS 1 hold: string, there while the platform wants no sends. 2 queue: string, the last moment (ms) that somebody was
-- told to come back at. 3.. one list per allowance: the moments (ms) of its newest sends, as many as it allows.
-- ARGV 1 longest wait (ms), 2 how far apart those who come back shall be (ms); then per allowance: sends, window (ms).
-- Returns 1 and the wait (ms) when the moment is reserved, 0 and when to ask again when it is not.
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local at = now + math.max(redis.call('PTTL', KEYS[1]), 0)
for i = 3, #KEYS do
  local sends, window = tonumber(ARGV[2 * i - 3]), tonumber(ARGV[2 * i - 2])
  if redis.call('LLEN', KEYS[i]) >= sends then
    at = math.max(at, tonumber(redis.call('LINDEX', KEYS[i], 0)) + window)
  end
end
if at - now > tonumber(ARGV[1]) then
  local last = tonumber(redis.call('GET', KEYS[2]) or 0)
  at = math.max(at, last + tonumber(ARGV[2]))
  redis.call('SET', KEYS[2], string.format('%d', at), 'PX', at - now + 1)
  return {0, at - now}
end
for i = 3, #KEYS do
  local sends, window = tonumber(ARGV[2 * i - 3]), tonumber(ARGV[2 * i - 2])
  redis.call('RPUSH', KEYS[i], string.format('%d', at))
  redis.call('LTRIM', KEYS[i], -sends, -1)
  redis.call('PEXPIRE', KEYS[i], at - now + window)
end
return {1, at - now}
