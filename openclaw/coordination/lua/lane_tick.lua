-- The reaper's pass: expired leases, unserved grants, due lanes, free slots. After lane_common and lane_fill.
-- ARGV[5] most due lanes to take at once, [6] longest back-off ms, [7] longest and [8] shortest next pass ms.
-- Reply: {grants, expired (session, fence ...), alerts (session, queue, misses ...), ms until the next pass}.
local expired, alerts = {}, {}
local classes = call('HKEYS', P .. 'limits')
table.sort(classes)

local function reap(lane)
  if lane.state == 'running' then
    expired[#expired + 1] = lane.id
    expired[#expired + 1] = lane.fence
    if lane.nbg == '0' then lane.bg = '0' end
    lane.owner = ''
    return move(lane, 'ready', tonumber(lane.stamp)) -- its old place: before everyone who came later
  end
  local misses = tonumber(lane.misses) + 1
  lane.misses = int(misses)
  alerts[#alerts + 1] = lane.id
  alerts[#alerts + 1] = lane.q
  alerts[#alerts + 1] = misses
  -- One microsecond less, so that it stays before whoever becomes ready in the same millisecond.
  move(lane, 'ready', (now + math.min(grant_ms * 2 ^ (misses - 1), tonumber(ARGV[6]))) * 1000 - 1)
end

for _, cls in ipairs(classes) do
  for _, id in ipairs(call('ZRANGEBYSCORE', P .. 'slots:' .. cls, '-inf', int(now))) do
    local lane = read(id)
    if lane then reap(lane) else
      call('ZREM', P .. 'slots:' .. cls, id)
      call('SREM', P .. 'bg:' .. cls, id)
    end
  end
end
for _, id in ipairs(call('ZRANGEBYSCORE', P .. 'due', '-inf', int(now), 'LIMIT', 0, tonumber(ARGV[5]))) do
  local lane = read(id)
  if lane then move(lane, 'ready', next_stamp()) else call('ZREM', P .. 'due', id) end
end
for _, cls in ipairs(classes) do fill(cls) end

local next_at = now + tonumber(ARGV[7])
local function at(ms) if ms then next_at = math.min(next_at, ms) end end
local function first(key) return tonumber(call('ZRANGE', key, 0, 0, 'WITHSCORES')[2]) end
local hold_until, up_to = tonumber(call('GET', P .. 'hold_until')), horizon()
if hold_until and hold_until > now then at(hold_until) end
at(first(P .. 'due'))
for _, cls in ipairs(classes) do
  at(first(P .. 'slots:' .. cls))
  for _, list in ipairs({':i', ':b'}) do
    local key = P .. 'ready:' .. cls .. list
    local later = call('ZRANGEBYSCORE', key, '(' .. int(up_to), '+inf', 'WITHSCORES', 'LIMIT', 0, 1)
    if later[2] then at(math.ceil(tonumber(later[2]) / 1000)) end
  end
end
return {grants, expired, alerts, math.max(next_at - now, tonumber(ARGV[8]))}
