-- Put in front of every lane script but rebuild and view. The keys are documented in coordination/keys.py.
-- KEYS[1] oc:{lane}:epoch; all other keys share its prefix, and so its hash tag.
-- ARGV[1] now in ms ('' = the server's clock), [2] lease ms, [3] grant ms, [4] ageing ms, [5...] the script's own.
-- Replies -1 without touching anything when the table is gone.
local call, P = redis.call, string.match(KEYS[1], '^(.*:)')
if call('EXISTS', KEYS[1]) == 0 then return -1 end
local now, lease_ms, grant_ms, ageing_ms = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
if not now then
  local time = call('TIME')
  now = time[1] * 1000 + math.floor(time[2] / 1000)
end
local FIELDS = {'state', 'fence', 'cls', 'q', 'bg', 'mark', 'owner', 'stamp', 'misses', 'cancel', 'wake', 'nb', 'nbg'}

local function int(number) return string.format('%.0f', number) end

local function holds_slot(lane) return lane.state == 'granted' or lane.state == 'running' end

-- The index that a lane of this state stands in.
local function index_of(lane)
  if lane.state == 'waiting' then return P .. 'due' end
  if lane.state == 'parked' then return P .. 'parked' end
  if lane.state == 'ready' then return P .. 'ready:' .. lane.cls .. (lane.bg == '1' and ':b' or ':i') end
  return P .. 'slots:' .. lane.cls
end

local function read(id)
  local values = call('HMGET', P .. 'l:' .. id, unpack(FIELDS))
  if not values[1] then return nil end
  local lane = {id = id}
  for n, field in ipairs(FIELDS) do lane[field] = values[n] or '' end
  lane.index = index_of(lane)
  return lane
end

local function save(lane)
  local flat = {}
  for _, field in ipairs(FIELDS) do
    flat[#flat + 1] = field
    flat[#flat + 1] = lane[field] or ''
  end
  call('HSET', P .. 'l:' .. lane.id, unpack(flat))
end

local function leave(lane)
  if not lane.index then return end
  call(lane.state == 'parked' and 'SREM' or 'ZREM', lane.index, lane.id)
  if holds_slot(lane) then call('SREM', P .. 'bg:' .. lane.cls, lane.id) end
end

-- Leave the old index, enter the new state's with this score, write the lane whole.
local function move(lane, state, score)
  leave(lane)
  lane.state = state
  lane.index = index_of(lane)
  if state == 'ready' then lane.stamp = int(score) end
  if state == 'parked' then call('SADD', lane.index, lane.id) else call('ZADD', lane.index, int(score), lane.id) end
  if holds_slot(lane) and lane.bg == '1' then call('SADD', P .. 'bg:' .. lane.cls, lane.id) end
  save(lane)
end
