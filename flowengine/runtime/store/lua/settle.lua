-- An item has left (no third argument), waits for another attempt, or is dead.
local outbox, items, leaving, dead = unpack(KEYS)
local id, key, item, due, is_dead = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5] == '1'
local was_dead = redis.call('HDEL', dead, key) == 1
local waits = redis.call('HEXISTS', items, key) == 1

if not (was_dead or waits) then
  return 0
end
if item ~= '' and not is_dead then
  redis.call('HSET', items, key, item)
  if was_dead and redis.call('RPUSH', outbox, key) > 1 then
    return 1
  end
  redis.call('ZADD', leaving, due, id)
  return 1
end
if is_dead then
  redis.call('HSET', dead, key, item)
end
redis.call('HDEL', items, key)
redis.call('LREM', outbox, 1, key)
if redis.call('LLEN', outbox) > 0 then
  redis.call('ZADD', leaving, 0, id)
else
  redis.call('ZREM', leaving, id)
end
return 1
