-- Count a failed proof of identity and lock the address out when there were too many within the window.
-- KEYS[1] zset: one member per failure, scored by its time (ms). KEYS[2] string: there while the address is locked.
-- ARGV: failures that lock, window (ms), length of the lock (ms). Returns how long the address is locked (ms), 0 if not.
local left = redis.call('PTTL', KEYS[2])
if left > 0 then return left end
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now - ARGV[2])
redis.call('ZADD', KEYS[1], now, time[1] .. '.' .. time[2])
redis.call('PEXPIRE', KEYS[1], ARGV[2])
if redis.call('ZCARD', KEYS[1]) < tonumber(ARGV[1]) then return 0 end
redis.call('SET', KEYS[2], 1, 'PX', ARGV[3])
redis.call('DEL', KEYS[1])
return tonumber(ARGV[3])
