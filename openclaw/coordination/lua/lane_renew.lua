-- Extend leases. After lane_common.
-- ARGV[5...] two per hold: session, fence. Reply, one per hold: 0 lost, 1 held, 2 held and asked to stop.
local answers = {}
for n = 5, #ARGV, 2 do
  local lane, answer = call('HMGET', P .. 'l:' .. ARGV[n], 'state', 'fence', 'cls', 'cancel'), 0
  if lane[1] == 'running' and lane[2] == ARGV[n + 1] then
    call('ZADD', P .. 'slots:' .. lane[3], int(now + lease_ms), ARGV[n])
    answer = lane[4] == '1' and 2 or 1
  end
  answers[#answers + 1] = answer
end
return answers
