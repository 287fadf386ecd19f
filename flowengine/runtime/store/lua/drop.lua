-- Drop the records of calls, with their journals; told so, all that is kept of those that are over. Gives how many had a
-- record.
local details, uses, ended, due, dead = unpack(KEYS)
local prefix, whole = ARGV[1], ARGV[2] == '1'
local gone = 0

local function unuse(program)
  if redis.call('HINCRBY', uses, program, -1) <= 0 then
    redis.call('HDEL', uses, program)
  end
end

for i = 3, #ARGV do
  local id = ARGV[i]
  local call = prefix .. 'call:' .. id
  local kept = redis.call('HMGET', call, 'place', 'stays')
  local place, stays = kept[1], kept[2]
  local program, is_over = string.match(place or '', '^(%S+) (%d)')
  if stays then
    unuse(stays)
    gone = gone + 1
    redis.call('HDEL', call, 'detail', 'stays')
  end
  redis.call('ZREM', details, id)
  if whole then
    if is_over == '1' then
      unuse(program)
      redis.call('ZREM', ended, id)
      redis.call('ZREM', due, id)
      place = nil
    end
    for _, key in ipairs(redis.call('HKEYS', dead)) do
      local item = cjson.decode(redis.call('HGET', dead, key))
      if item.call == id then
        redis.call('HDEL', dead, key)
      end
    end
  end
  -- A call that is still remembered has its journal until it is forgotten.
  if not place then
    redis.call('DEL', call)
  end
end
return gone
