-- Take up a grant. After lane_common.
-- ARGV[5] session, [6] fence, [7] owner. Reply: 1, or 0 when the fence is not the current grant's.
local lane = read(ARGV[5])
if not lane or lane.fence ~= ARGV[6] then return 0 end

-- A grant that ran out while its doorbell waited in a long queue, and that nobody has made anew: the doorbell is here
-- now, so it may begin if there is a slot. Otherwise an overloaded cluster would only ever hear stale bells.
local function late_but_free()
  if lane.state ~= 'ready' or tonumber(lane.misses) == 0 then return false end
  if now < (tonumber(call('GET', P .. 'hold_until')) or 0) then return false end
  local limit, reserved = string.match(call('HGET', P .. 'limits', lane.cls) or '8,1', '^(%d+),(%d+)$')
  if call('ZCARD', P .. 'slots:' .. lane.cls) >= tonumber(limit) then return false end
  return lane.bg ~= '1' or call('SCARD', P .. 'bg:' .. lane.cls) < limit - reserved
end
if lane.state ~= 'granted' and not late_but_free() then return 0 end
lane.owner, lane.misses = ARGV[7], '0'
-- What was submitted or cancelled until now is in SQL, where the holder decides what this turn is.
lane.cancel, lane.nb, lane.nbg = '', '', ''
move(lane, 'running', now + lease_ms)
return 1
