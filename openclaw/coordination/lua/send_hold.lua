-- Hold back an account's sends; a longer hold that is there already stays.
-- KEYS 1 hold   ARGV 1 how long (ms)
if redis.call('PTTL', KEYS[1]) < tonumber(ARGV[1]) then
  redis.call('SET', KEYS[1], 1, 'PX', ARGV[1])
end
