-- Take a lease that is free or already ours.
-- KEYS 1 lease   ARGV 1 owner  2 ttl in milliseconds   Returns 1 when held.
local owner = redis.call('GET', KEYS[1])
if owner and owner ~= ARGV[1] then
  return 0
end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return 1
