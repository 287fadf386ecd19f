-- Changes of calls, each whole or not at all. For each 1: made (or made before, by the same attempt); 0: the call is not
-- in the version before. KEYS are the calls. ARGV has for each: its version and attempt, its place in the indexes, when
-- the record that stays of it began (empty: none does), how many fields and values follow, how many items are to leave,
-- those fields and values, and of each item its key, itself and when it is due.
--
-- Each string that comes in here costs 1.5 ns a byte, since Lua hashes them whole: so what is only to be kept comes as a
-- value of its own, not in something that is taken apart here.
local at = 0

local function count(prefix, program, step)
  if redis.call('HINCRBY', prefix .. 'uses', program, step) <= 0 then
    redis.call('HDEL', prefix .. 'uses', program)
  end
end

local function index(prefix, id, old, new)
  local had_program, was_over, had_due = string.match(old or '', '^(%S+) (%d) (%d*)')
  local program, is_over, due, ended = string.match(new, '^(%S+) (%d) (%d*) (%d*)$')
  if had_program ~= program then
    if had_program then
      count(prefix, had_program, -1)
    end
    count(prefix, program, 1)
  end
  if is_over == '1' then
    redis.call('ZADD', prefix .. 'ended', ended, id)
  end
  if is_over ~= (was_over or '1') then
    redis.call('INCRBY', prefix .. 'open', is_over == '1' and -1 or 1)
    if was_over == '1' then
      redis.call('ZREM', prefix .. 'ended', id)
    end
  end
  if due ~= (had_due or '') then
    if due == '' then
      redis.call('ZREM', prefix .. 'due', id)
    else
      redis.call('ZADD', prefix .. 'due', due, id)
    end
  end
end

local function send(prefix, id, first, last)
  for i = first, last, 3 do
    local key, item, due = ARGV[i], ARGV[i + 1], ARGV[i + 2]
    if redis.call('HSETNX', prefix .. 'items:' .. id, key, item) == 1
      and redis.call('RPUSH', prefix .. 'outbox:' .. id, key) == 1 then
      redis.call('ZADD', prefix .. 'leaving', due, id)
    end
  end
end

local function save(call)
  local mark, place, begun = ARGV[at + 1], ARGV[at + 2], ARGV[at + 3]
  local first = at + 6
  local last = first + ARGV[at + 4] - 1
  at = last + ARGV[at + 5]

  local old = redis.call('HMGET', call, 'mark', 'place', 'stays')
  if old[1] == mark then
    return 1
  elseif string.match(old[1] or '0', '^%d+') + 1 ~= tonumber(string.match(mark, '^%d+')) then
    return 0
  end
  if old[2] == place and begun == '' and at == last then
    redis.call('HSET', call, 'mark', mark, unpack(ARGV, first, last))
    return 1
  end
  redis.call('HSET', call, 'mark', mark, 'place', place, unpack(ARGV, first, last))

  local prefix, id = string.match(call, '^(.-}:)call:(.*)$')
  if old[2] ~= place then
    index(prefix, id, old[2], place)
  end
  if begun ~= '' then
    local program = string.match(place, '^%S+')
    if old[3] ~= program then
      if old[3] then
        count(prefix, old[3], -1)
      end
      count(prefix, program, 1)
    end
    redis.call('ZADD', prefix .. 'details', begun, id)
  end
  send(prefix, id, last + 1, at)
  return 1
end

local done = {}
for i, call in ipairs(KEYS) do
  done[i] = save(call)
end
return done
