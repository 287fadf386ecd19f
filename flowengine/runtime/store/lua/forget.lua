-- Drop what calls that were over at that time have left, but not their records and journals; gives how many.
local ended, due, uses, prefix = KEYS[1], KEYS[2], KEYS[3], ARGV[1]
local over = redis.call('ZRANGEBYSCORE', ended, '-inf', '(' .. ARGV[2], 'LIMIT', 0, ARGV[3])
for _, id in ipairs(over) do
  local program = redis.call('HGET', prefix .. 'call:' .. id, 'program')
  if program and redis.call('HINCRBY', uses, program, -1) <= 0 then
    redis.call('HDEL', uses, program)
  end
  redis.call('DEL', prefix .. 'call:' .. id, prefix .. 'answers:' .. id)
  if redis.call('EXISTS', prefix .. 'detail:' .. id) == 0 then
    redis.call('DEL', prefix .. 'journal:' .. id)
  end
  redis.call('ZREM', ended, id)
  redis.call('ZREM', due, id)
end
return #over
