-- One change of a call, whole or not at all. 1: made (or made before, by the same attempt); 0: the call is not in the
-- version before.
local call, answers, journal, outbox, items, detail, due, ended, leaving, open, uses, details = unpack(KEYS)
local id, version, attempt = ARGV[1], tonumber(ARGV[2]), ARGV[3]
local old = redis.call('HMGET', call, 'version', 'attempt', 'program', 'ended')
local had = tonumber(old[1] or '0')

if had == version and old[2] == attempt then
  return 1
elseif had ~= version - 1 then
  return 0
end

local program, is_over, updated, time, key, reply = ARGV[4], ARGV[5], ARGV[6], ARGV[11], ARGV[12], ARGV[13]
redis.call('HSET', call, 'version', version, 'attempt', attempt, 'program', program, 'ended', is_over,
  'updated', updated, 'carrier', ARGV[7], 'session', ARGV[8], 'memo', ARGV[9], 'rest', ARGV[10])

if old[3] ~= program then
  if old[3] and redis.call('HINCRBY', uses, old[3], -1) <= 0 then
    redis.call('HDEL', uses, old[3])
  end
  redis.call('HINCRBY', uses, program, 1)
end

local was_open, is_open = old[4] == '0', is_over == '0'
if is_open and not was_open then
  redis.call('INCR', open)
elseif was_open and not is_open then
  redis.call('DECR', open)
end

if is_open then
  redis.call('ZREM', ended, id)
else
  redis.call('ZADD', ended, updated, id)
end
if time == '' then
  redis.call('ZREM', due, id)
else
  redis.call('ZADD', due, time, id)
end
if reply ~= '' then
  redis.call('HSET', answers, key, reply)
end

local at = 14
local turns = tonumber(ARGV[at])
for i = at + 1, at + turns do
  redis.call('RPUSH', journal, ARGV[i])
end
at = at + turns + 1
local last = at + 3 * tonumber(ARGV[at])
for i = at + 1, last, 3 do
  if redis.call('HSETNX', items, ARGV[i], ARGV[i + 1]) == 1 and redis.call('RPUSH', outbox, ARGV[i]) == 1 then
    redis.call('ZADD', leaving, ARGV[i + 2], id)
  end
end
if ARGV[last + 1] then
  local before = redis.call('HGET', detail, 'program')
  if before and redis.call('HINCRBY', uses, before, -1) <= 0 then
    redis.call('HDEL', uses, before)
  end
  redis.call('HINCRBY', uses, program, 1)
  redis.call('HSET', detail, 'detail', ARGV[last + 1], 'program', program)
  redis.call('ZADD', details, ARGV[last + 2], id)
end
return 1
