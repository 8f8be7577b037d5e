--[[
Purpose  Lets a guess be judged, or says how long to wait. Wrong tries are counted by end-attempt-2 when they are known to be wrong.
KEYS     1 attempts of one subject (hash tries, next_at)  2 its tries under way (sorted set, id by the ms at which its lease ends)
ARGV     1 wrong tries without delay  2 longest delay in ms  3 tries under way at least  4 lease of a try in ms  5 id of the try
Reply    0 it may be judged; -1 as many as may be are under way; -2 an argument is not valid; else the ms to wait
Writes   under way: the id, and its expiry
]]
local attemptsKey, underWayKey = KEYS[1], KEYS[2]
local free, longest, atOnce, lease = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local id = ARGV[5]
if not (free and longest and atOnce and lease and id) or free < 1 or longest < 1 or atOnce < 1 or lease < 1 then
  return -2
end

local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
local entry = redis.call('HMGET', attemptsKey, 'tries', 'next_at')
local nextAt = tonumber(entry[2]) or 0
-- A clock that was set back must not make anybody wait longer than the longest delay.
if nextAt > now then return math.min(nextAt - now, longest) end

redis.call('ZREMRANGEBYSCORE', underWayKey, '-inf', string.format('%.0f', now))
local allowed = math.max(free - (tonumber(entry[1]) or 0), atOnce)
if redis.call('ZCARD', underWayKey) >= allowed then return -1 end
redis.call('ZADD', underWayKey, string.format('%.0f', now + lease), id)
redis.call('PEXPIRE', underWayKey, lease)
return 0
