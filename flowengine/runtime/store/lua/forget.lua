-- Drop what calls that were over at that time have left, but not their records and journals; gives how many.
local ended, due, uses, prefix = KEYS[1], KEYS[2], KEYS[3], ARGV[1]
local over = redis.call('ZRANGEBYSCORE', ended, '-inf', '(' .. ARGV[2], 'LIMIT', 0, ARGV[3])
for _, id in ipairs(over) do
  local call = prefix .. 'call:' .. id
  local kept = redis.call('HMGET', call, 'place', 'stays')
  local program = kept[1] and string.match(kept[1], '^%S+')
  if program and redis.call('HINCRBY', uses, program, -1) <= 0 then
    redis.call('HDEL', uses, program)
  end
  if kept[2] then
    for _, field in ipairs(redis.call('HKEYS', call)) do
      if field ~= 'detail' and field ~= 'stays' and string.sub(field, 1, 2) ~= 'j:' then
        redis.call('HDEL', call, field)
      end
    end
  else
    redis.call('DEL', call)
  end
  redis.call('ZREM', ended, id)
  redis.call('ZREM', due, id)
end
return #over
