--[[
Purpose  Counts a guess before it is judged, or says how long to wait. What has to wait is not counted.
KEYS     1 attempts of one subject (hash tries, next_at)
ARGV     1 tries without delay  2 first delay in ms, doubled with every further try  3 longest delay in ms
         4 ms after the last try when all is forgotten
Reply    0 counted: it may be judged now; else the ms to wait; -1 an argument is not valid
Writes   attempts: tries, next_at (ms, by the clock of this server) and its expiry
]]
local attemptsKey = KEYS[1]
local free, first, longest, memory = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
if not (free and first and longest and memory) or free < 1 or first < 1 or longest < first or memory < 1 then
  return -1
end

local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
local entry = redis.call('HMGET', attemptsKey, 'tries', 'next_at')
local nextAt = tonumber(entry[2]) or 0
-- A clock that was set back must not make anybody wait longer than the longest delay.
if nextAt > now then return math.min(nextAt - now, longest) end

local tries = (tonumber(entry[1]) or 0) + 1
local following = 0
if tries >= free then
  following = now + math.min(first * 2 ^ math.min(tries - free, 40), longest)
end
redis.call('HSET', attemptsKey, 'tries', tries, 'next_at', string.format('%.0f', following))
redis.call('PEXPIRE', attemptsKey, memory)
return 0
