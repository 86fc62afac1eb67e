-- Take one from every counter, or from none; an event that was taken before is taken for nothing.
-- KEYS[1] string: there while who was refused has been told. KEYS[2] string: there since the event was taken.
-- KEYS[3..] strings: the time (ms) until which a counter is paid for; each expires when nothing is owed.
-- ARGV[1] window (ms). ARGV[2] the event; empty for none. ARGV[3..] what one costs at the counter of the same place (ms).
-- Returns 0 when it was taken, 1 when not, 2 when not and nobody was told within the window.
if ARGV[2] ~= '' and redis.call('EXISTS', KEYS[2]) == 1 then return 0 end
local time = redis.call('TIME')
local now = time[1] * 1000 + time[2] / 1000
local window = tonumber(ARGV[1])
local wanted = {}
for i = 3, #KEYS do
  local paid = tonumber(redis.call('GET', KEYS[i]) or 0)
  wanted[i] = math.max(paid, now) + tonumber(ARGV[i])
  if wanted[i] > now + window + 0.001 then
    if redis.call('SET', KEYS[1], 1, 'NX', 'PX', ARGV[1]) then return 2 end
    return 1
  end
end
for i = 3, #KEYS do
  redis.call('SET', KEYS[i], string.format('%.3f', wanted[i]), 'PX', math.ceil(wanted[i] - now))
end
if ARGV[2] ~= '' then redis.call('SET', KEYS[2], 1, 'PX', ARGV[1]) end
return 0
