--[[
Purpose  Takes back one guess that turned out right, and the delay where the tries left are free ones.
KEYS     1 attempts of one subject (hash tries, next_at)
ARGV     1 tries without delay
Reply    the tries left; -1 the argument is not valid
Writes   attempts: tries, next_at; deletes it where no try is left
]]
local attemptsKey = KEYS[1]
local free = tonumber(ARGV[1])
if not free or free < 1 then return -1 end

local left = (tonumber(redis.call('HGET', attemptsKey, 'tries')) or 0) - 1
if left < 1 then
  redis.call('DEL', attemptsKey)
  return 0
end
redis.call('HSET', attemptsKey, 'tries', left)
if left < free then redis.call('HSET', attemptsKey, 'next_at', 0) end
return left
