-- Start a new table under a higher epoch. Stands alone.
-- KEYS[1] oc:{lane}:epoch
-- ARGV[1] now in ms ('' = the server's clock), [2] epoch, [3] ms during which nothing is granted, or 0.
-- Reply: 1, or 0 when the table has this epoch or a higher one already. Limits and the ready order's clock stay.
local call, P = redis.call, string.match(KEYS[1], '^(.*:)')
local stored, epoch = tonumber(call('GET', KEYS[1])), tonumber(ARGV[2])
if stored and stored >= epoch then return 0 end

-- Every lane that exists stands in exactly one index.
local function wipe(index, read)
  for _, id in ipairs(call(unpack(read))) do call('DEL', P .. 'l:' .. id) end
  call('DEL', index)
end
local function wipe_sorted(index) wipe(index, {'ZRANGE', index, 0, -1}) end

for _, cls in ipairs(call('HKEYS', P .. 'limits')) do
  wipe_sorted(P .. 'slots:' .. cls)
  wipe_sorted(P .. 'ready:' .. cls .. ':i')
  wipe_sorted(P .. 'ready:' .. cls .. ':b')
  call('DEL', P .. 'bg:' .. cls)
end
wipe_sorted(P .. 'due')
wipe(P .. 'parked', {'SMEMBERS', P .. 'parked'})

local now = tonumber(ARGV[1])
if not now then
  local time = call('TIME')
  now = time[1] * 1000 + math.floor(time[2] / 1000)
end
local hold_ms = tonumber(ARGV[3])
call('SET', P .. 'hold_until', string.format('%.0f', hold_ms > 0 and now + hold_ms or 0))
call('SET', P .. 'fence', string.format('%.0f', epoch * 4294967296))
call('SET', KEYS[1], string.format('%.0f', epoch))
return 1
