-- Keep what a carrier has told, and what is to leave because of it; 0 when it was told before.
local told, heard, outbox, items, leaving = unpack(KEYS)
local name, item, at, id, key, out, due = unpack(ARGV)

if redis.call('HSETNX', told, name, item) == 0 then
  return 0
end
redis.call('ZADD', heard, at, name)
if redis.call('HSETNX', items, key, out) == 1 and redis.call('RPUSH', outbox, key) == 1 then
  redis.call('ZADD', leaving, due, id)
end
return 1
