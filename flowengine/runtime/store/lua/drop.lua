-- Drop the records of calls, with their journals; told so, all that is kept of those that are over. Gives how many
-- had a record.
local details, uses, ended, due, dead = unpack(KEYS)
local prefix, whole = ARGV[1], ARGV[2] == '1'
local gone = 0

local function unuse(program)
  if program and redis.call('HINCRBY', uses, program, -1) <= 0 then
    redis.call('HDEL', uses, program)
  end
end

for i = 3, #ARGV do
  local id = ARGV[i]
  local call, detail = prefix .. 'call:' .. id, prefix .. 'detail:' .. id
  if whole then
    local kept = redis.call('HMGET', call, 'ended', 'program')
    if kept[1] == '1' then
      unuse(kept[2])
      redis.call('DEL', call, prefix .. 'answers:' .. id)
      redis.call('ZREM', ended, id)
      redis.call('ZREM', due, id)
    end
    for _, key in ipairs(redis.call('HKEYS', dead)) do
      local item = cjson.decode(redis.call('HGET', dead, key))
      if item.call == id then
        redis.call('HDEL', dead, key)
      end
    end
  end
  unuse(redis.call('HGET', detail, 'program'))
  gone = gone + redis.call('DEL', detail)
  redis.call('ZREM', details, id)
  -- A call that is still remembered has its journal until it is forgotten.
  if redis.call('EXISTS', call) == 0 then
    redis.call('DEL', prefix .. 'journal:' .. id)
  end
end
return gone
