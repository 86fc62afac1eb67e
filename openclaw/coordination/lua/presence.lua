-- The presence board: a hash of entries, a zset of when each was last renewed (ms), and the version.
-- KEYS: hash key -> "<owner>\n<json>", zset key -> ms, string version. ARGV[1]: what to do; ARGV[2]: TTL (ms);
-- ARGV[3]: most entries. put: key, owner, json. renew: key, owner, ...; returns keys that are not there. remove: key, owner.
-- read: returns version and the entries, the longest unrenewed first. The version is server time, and only rises.
local hash, seen, version = KEYS[1], KEYS[2], KEYS[3]
local verb, ttl, most = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3])
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)

local function touch()
  local last = tonumber(redis.call('GET', version) or 0)
  redis.call('SET', version, string.format('%.0f', math.max(last + 1, now)), 'PX', ttl * 2)
  for _, key in ipairs({hash, seen}) do redis.call('PEXPIRE', key, ttl * 2) end
end
local function drop(keys)
  if #keys == 0 then return end
  redis.call('HDEL', hash, unpack(keys))
  redis.call('ZREM', seen, unpack(keys))
  touch()
end
local function owned(key, owner)
  local found = redis.call('HGET', hash, key)
  return found and string.sub(found, 1, #owner + 1) == owner .. '\n'
end

drop(redis.call('ZRANGEBYSCORE', seen, '-inf', now - ttl))
if verb == 'put' then
  redis.call('HSET', hash, ARGV[4], ARGV[5] .. '\n' .. ARGV[6])
  redis.call('ZADD', seen, now, ARGV[4])
  drop(redis.call('ZRANGE', seen, 0, -(most + 1)))
  touch()
elseif verb == 'renew' then
  local missing = {}
  for i = 4, #ARGV, 2 do
    if owned(ARGV[i], ARGV[i + 1]) then redis.call('ZADD', seen, now, ARGV[i]) else missing[#missing + 1] = ARGV[i] end
  end
  for _, key in ipairs({hash, seen, version}) do redis.call('PEXPIRE', key, ttl * 2) end
  return missing
elseif verb == 'remove' then
  if not owned(ARGV[4], ARGV[5]) then return 0 end
  drop({ARGV[4]})
  return 1
else
  local keys, entries = redis.call('ZRANGE', seen, 0, -1), {}
  if #keys > 0 then entries = redis.call('HMGET', hash, unpack(keys)) end
  return {redis.call('GET', version) or '0', entries}
end
