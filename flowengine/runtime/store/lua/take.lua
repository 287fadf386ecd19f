-- The first item of each call that has something due to leave; nobody else is given it until the lease is over.
local leaving, prefix = KEYS[1], ARGV[1]
local taken = {}
for _, id in ipairs(redis.call('ZRANGEBYSCORE', leaving, '-inf', ARGV[2], 'LIMIT', 0, ARGV[4])) do
  local key = redis.call('LINDEX', prefix .. 'outbox:' .. id, 0)
  local item = key and redis.call('HGET', prefix .. 'items:' .. id, key)
  if item then
    taken[#taken + 1] = item
    redis.call('ZADD', leaving, ARGV[3], id)
  else
    redis.call('ZREM', leaving, id)
  end
end
return taken
