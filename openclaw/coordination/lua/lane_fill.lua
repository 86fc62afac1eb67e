-- Put after lane_common: the ready order, and granting free slots.
local grants = {}

-- A lane's place in the ready order, in microseconds: the time, made to rise strictly so that ties keep their order.
local function next_stamp()
  local stamp = math.max(now * 1000, (tonumber(call('GET', P .. 'stamp')) or 0) + 1)
  call('SET', P .. 'stamp', int(stamp))
  return stamp
end

-- Places up to here may be granted; a back-off puts a lane beyond it.
local function horizon()
  return math.max(now * 1000 + 999, tonumber(call('GET', P .. 'stamp')) or 0)
end

local function settle(lane, due)
  if due > now then move(lane, 'waiting', due) else move(lane, 'ready', next_stamp()) end
end

local function head(key, up_to)
  local found = call('ZRANGEBYSCORE', key, '-inf', int(up_to), 'WITHSCORES', 'LIMIT', 0, 1)
  if found[1] then return {id = found[1], stamp = tonumber(found[2]), key = key} end
end

local function grant(lane)
  lane.fence = int(call('INCR', P .. 'fence'))
  call('HDEL', P .. 'l:' .. lane.id, 'ev')
  move(lane, 'granted', now + grant_ms)
  grants[#grants + 1] = lane.id
  grants[#grants + 1] = lane.fence
  grants[#grants + 1] = lane.q
end

-- Oldest first, interactive before background; a background lane that has waited past the ageing time goes before
-- younger interactive ones. The reserve holds in any case.
local function fill(cls)
  call('HSETNX', P .. 'limits', cls, '8,1')
  if now < (tonumber(call('GET', P .. 'hold_until')) or 0) then return end
  local limit, reserved = string.match(call('HGET', P .. 'limits', cls), '^(%d+),(%d+)$')
  local free, up_to = limit - call('ZCARD', P .. 'slots:' .. cls), nil
  while free > 0 do
    up_to = up_to or horizon()
    local pick = head(P .. 'ready:' .. cls .. ':i', up_to)
    if call('SCARD', P .. 'bg:' .. cls) < limit - reserved then
      local background = head(P .. 'ready:' .. cls .. ':b', up_to)
      if background and (not pick or (background.stamp < pick.stamp
          and now * 1000 - background.stamp > ageing_ms * 1000)) then pick = background end
    end
    if not pick then return end
    local lane = read(pick.id)
    -- A key deleted by hand must not stop the whole class.
    if lane then grant(lane); free = free - 1 else call('ZREM', pick.key, pick.id) end
  end
end
