-- Show lanes. Stands alone, writes nothing.
-- KEYS[1] oc:{lane}:epoch; ARGV sessions.
-- Reply, six per session: state ('' = idle), fence, owner, lease end (ms), mark, misses.
local P, rows = string.match(KEYS[1], '^(.*:)'), {}
for _, id in ipairs(ARGV) do
  local lane = redis.call('HMGET', P .. 'l:' .. id, 'state', 'fence', 'owner', 'mark', 'misses', 'cls')
  local until_ms = lane[6] and redis.call('ZSCORE', P .. 'slots:' .. lane[6], id)
  local row = {lane[1] or '', lane[2] or '0', lane[3] or '', until_ms or '0', lane[4] or '0', lane[5] or '0'}
  for _, value in ipairs(row) do rows[#rows + 1] = value end
end
return rows
