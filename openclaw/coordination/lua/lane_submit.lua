-- Append work, or resume: waking work of no colour of its own. After lane_common and lane_fill.
-- ARGV[5...] seven per item: session, ordinal, class, queue, background ('1', '0', '' = as the lane is),
--            not before (ms), wake ('1', '0').
-- Reply: grants, flat: session, fence, queue.
local classes, seen = {}, {}

-- What arrives while a turn runs counts for the turn after it.
local function note_later(lane, background, due)
  lane.nb = int(math.min(due, tonumber(lane.nb) or due))
  if background ~= '' then lane.nbg = (background == '0' or lane.nbg == '0') and '0' or '1' end
end

local function join(lane, newer, cls, background, due, wake)
  if lane.state == 'running' then
    if newer then note_later(lane, background, due) end
    if wake then lane.wake = '1' end
    return save(lane)
  end
  if background == '0' then lane.bg = '0' end
  if lane.state == 'granted' then
    if lane.bg == '0' then call('SREM', P .. 'bg:' .. lane.cls, lane.id) end
    if wake then lane.wake = '1' end
    return save(lane)
  end
  lane.cls = cls
  if lane.state == 'waiting' then
    settle(lane, math.min(due, tonumber(call('ZSCORE', P .. 'due', lane.id))))
  elseif lane.state == 'ready' then
    move(lane, 'ready', tonumber(lane.stamp))
  elseif wake then
    move(lane, 'ready', next_stamp())
  else
    save(lane)
  end
end

for n = 5, #ARGV, 7 do
  local id, ordinal, cls, background = ARGV[n], tonumber(ARGV[n + 1]), ARGV[n + 2], ARGV[n + 4]
  local due, lane = tonumber(ARGV[n + 5]), read(id)
  if lane then
    local newer = ordinal > tonumber(lane.mark)
    if newer then lane.mark = int(ordinal) end
    lane.q = ARGV[n + 3]
    join(lane, newer, cls, background, due, ARGV[n + 6] == '1')
  else
    lane = {id = id, fence = '0', cls = cls, q = ARGV[n + 3], bg = background == '1' and '1' or '0',
            mark = int(ordinal), misses = '0'}
    settle(lane, due)
  end
  if not seen[lane.cls] then
    seen[lane.cls] = true
    classes[#classes + 1] = lane.cls
  end
end
for _, cls in ipairs(classes) do fill(cls) end
return grants
