-- Set limits, live: lowering ends nothing, raising fills at once. After lane_common and lane_fill.
-- ARGV[5...] three per class: class, concurrency, reserved for interactive work.
-- Reply: grants, flat: session, fence, queue.
for n = 5, #ARGV, 3 do call('HSET', P .. 'limits', ARGV[n], ARGV[n + 1] .. ',' .. ARGV[n + 2]) end
for n = 5, #ARGV, 3 do fill(ARGV[n]) end
return grants
