-- Ask the running turn to stop. After lane_common.
-- ARGV[5] session, [6] the channel for "<session>:<fence>". Reply: 1, or 0 when nothing runs.
-- A grant that nobody has begun is left alone: its holder will decide from SQL, which knows of the abort already.
local lane = call('HMGET', P .. 'l:' .. ARGV[5], 'state', 'fence')
if lane[1] ~= 'running' then return 0 end
call('HSET', P .. 'l:' .. ARGV[5], 'cancel', '1')
call('PUBLISH', ARGV[6], ARGV[5] .. ':' .. lane[2])
return 1
