-- What is kept of calls: of each its version and attempt, and its record.
local found = {}
for i, call in ipairs(KEYS) do
  found[i] = redis.call('HMGET', call, 'mark', 'record')
end
return found
