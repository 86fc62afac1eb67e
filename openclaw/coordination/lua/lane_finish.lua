-- End a turn, or park it; then give the slot on. After lane_common and lane_fill.
-- ARGV[5] session, [6] fence, [7] 'done' or 'suspend', the outlook: [8] seen ordinal, [9] more ('1', '0'),
--         [10] not before (ms), [11] background ('1', '0').
-- Reply: grants, flat: session, fence, queue. No effect under an old fence.
local lane = read(ARGV[5])
if not lane or lane.fence ~= ARGV[6] or not holds_slot(lane) then return grants end
local suspend, more = ARGV[7] == 'suspend', ARGV[9] == '1'
if suspend and lane.state ~= 'running' then return grants end

local newer = tonumber(lane.mark) > tonumber(ARGV[8])
local due = math.huge
if more then due = tonumber(ARGV[10]) end
if newer then due = math.min(due, tonumber(lane.nb) or 0) end
-- Interactive as soon as any of what is left is.
local interactive = (more or suspend) and ARGV[11] == '0'
if newer then interactive = interactive or (lane.nbg == '' and lane.bg or lane.nbg) == '0' end
local woken = lane.wake == '1'

lane.owner, lane.cancel, lane.wake, lane.nb, lane.nbg, lane.misses = '', '', '', '', '', '0'
lane.bg = interactive and '0' or '1'
if suspend then
  if woken then move(lane, 'ready', next_stamp()) else move(lane, 'parked') end
elseif due < math.huge then
  settle(lane, due)
else
  leave(lane)
  call('DEL', P .. 'l:' .. lane.id)
end
fill(lane.cls)
return grants
