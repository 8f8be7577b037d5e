--[[
Purpose  Ends a guess that was judged: counts a wrong one and sets the delay of the next.
KEYS     1 attempts of one subject (hash tries, next_at)  2 its tries under way (sorted set)
ARGV     1 id of the try  2 what becomes of the count: 0 nothing, 1 it is forgotten, 2 one more  3 wrong tries without delay
         4 first delay in ms, doubled with every further try  5 longest delay in ms  6 ms after the last wrong try when all is forgotten
Reply    the wrong tries counted; -1 an argument is not valid
Writes   attempts: tries, next_at (ms, by the clock of this server) and its expiry, or deletes it; under way: removes the id
]]
local attemptsKey, underWayKey = KEYS[1], KEYS[2]
local id, change = ARGV[1], tonumber(ARGV[2])
local free, first, longest, memory = tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[5]), tonumber(ARGV[6])
if not (change and free and first and longest and memory) or free < 1 or first < 1 or longest < first or memory < 1 then
  return -1
end

redis.call('ZREM', underWayKey, id)
if change == 1 then
  redis.call('DEL', attemptsKey)
  return 0
end
local tries = tonumber(redis.call('HGET', attemptsKey, 'tries')) or 0
if change == 0 then return tries end

tries = tries + 1
local following = 0
if tries >= free then
  local time = redis.call('TIME')
  local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
  following = now + math.min(first * 2 ^ math.min(tries - free, 40), longest)
end
redis.call('HSET', attemptsKey, 'tries', tries, 'next_at', string.format('%.0f', following))
redis.call('PEXPIRE', attemptsKey, memory)
return tries
