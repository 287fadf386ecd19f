-- Changes of calls, each whole or not at all. For each 1: made (or made before, by the same attempt); 0: the call is not
-- in the version before. KEYS are twelve for each change; ARGV begins with how many there are.
local KEYS_OF_ONE = 12
local at = 1

local function take()
  at = at + 1
  return ARGV[at]
end

local function take_list(size)
  local list = {}
  for i = 1, size * tonumber(take()) do
    list[i] = take()
  end
  return list
end

local function count(uses, program, step)
  if redis.call('HINCRBY', uses, program, step) <= 0 then
    redis.call('HDEL', uses, program)
  end
end

local function save(first)
  local call, answers, journal, outbox, items, detail, due, ended, leaving, open, uses, details =
    unpack(KEYS, first, first + KEYS_OF_ONE - 1)
  local id, version, attempt, program, is_over, updated = take(), tonumber(take()), take(), take(), take(), take()
  local carrier, session, memo, rest, time, key, reply = take(), take(), take(), take(), take(), take(), take()
  local turns, outgoing, record = take_list(1), take_list(3), take_list(2)

  local old = redis.call('HMGET', call, 'version', 'attempt', 'program', 'ended', 'due')
  local had = tonumber(old[1] or '0')
  if had == version and old[2] == attempt then
    return 1
  elseif had ~= version - 1 then
    return 0
  end

  redis.call('HSET', call, 'version', version, 'attempt', attempt, 'program', program, 'ended', is_over, 'due', time,
    'updated', updated, 'carrier', carrier, 'session', session, 'memo', memo, 'rest', rest)
  if old[3] ~= program then
    if old[3] then
      count(uses, old[3], -1)
    end
    count(uses, program, 1)
  end

  local was_open, is_open = old[4] == '0', is_over == '0'
  if is_open ~= was_open then
    if is_open then
      redis.call('INCR', open)
      redis.call('ZREM', ended, id)
    else
      redis.call('DECR', open)
    end
  end
  if not is_open then
    redis.call('ZADD', ended, updated, id)
  end
  if old[5] ~= time then
    if time == '' then
      redis.call('ZREM', due, id)
    else
      redis.call('ZADD', due, time, id)
    end
  end

  if reply ~= '' then
    redis.call('HSET', answers, key, reply)
  end
  if turns[1] then
    redis.call('RPUSH', journal, unpack(turns))
  end
  for i = 1, #outgoing, 3 do
    if redis.call('HSETNX', items, outgoing[i], outgoing[i + 1]) == 1 and redis.call('RPUSH', outbox, outgoing[i]) == 1 then
      redis.call('ZADD', leaving, outgoing[i + 2], id)
    end
  end
  if record[1] then
    local before = redis.call('HGET', detail, 'program')
    if before then
      count(uses, before, -1)
    end
    count(uses, program, 1)
    redis.call('HSET', detail, 'detail', record[1], 'program', program)
    redis.call('ZADD', details, record[2], id)
  end
  return 1
end

local done = {}
for i = 1, tonumber(ARGV[1]) do
  done[i] = save((i - 1) * KEYS_OF_ONE + 1)
end
return done
