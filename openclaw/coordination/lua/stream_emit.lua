-- Number, store and publish a batch of events of one run, if its holder still holds the lane.
-- KEYS  1 lane hash   2 run stream   3 run ref hash
-- ARGV  1 fence  2 maxlen  3 ttl in seconds  4 channel  5 ref (JSON)  6.. events (JSON)
-- Returns the number of the last event, or 0 when the lane is not running under this fence.
local held = redis.call('HMGET', KEYS[1], 'state', 'fence')
if held[1] ~= 'running' or held[2] ~= ARGV[1] then
  return 0
end

local count = #ARGV - 5
local last = redis.call('HINCRBY', KEYS[1], 'ev', count)
local first = last - count + 1

if redis.call('EXISTS', KEYS[3]) == 0 then
  redis.call('HSET', KEYS[3], 'ref', ARGV[5], 'start', ARGV[1] .. '-' .. first)
end
for i = 0, count - 1 do
  redis.call('XADD', KEYS[2], 'MAXLEN', '~', ARGV[2], ARGV[1] .. '-' .. (first + i), 'e', ARGV[6 + i])
end
redis.call('EXPIRE', KEYS[2], ARGV[3])
redis.call('EXPIRE', KEYS[3], ARGV[3])

redis.call('PUBLISH', ARGV[4],
  '{"f":' .. ARGV[1] .. ',"n":' .. first .. ',"r":' .. ARGV[5] .. ',"e":[' .. table.concat(ARGV, ',', 6) .. ']}')
return last
