--[[
Purpose  Starts the time to live of a session anew, and never brings an ended one back.
KEYS     1 session (hash user_id, refresh, created_at, seen_at)
ARGV     1 now in ms, kept and never judged  2 time to live in ms
Reply    1 renewed, 3 no such session, 0 the time to live is not valid
Writes   session: seen_at and its expiry
]]
local sessionKey = KEYS[1]
local now, ttl = ARGV[1], tonumber(ARGV[2])
if not ttl or ttl < 1 then return 0 end

if redis.call('EXISTS', sessionKey) == 0 then return 3 end
redis.call('HSET', sessionKey, 'seen_at', now)
redis.call('PEXPIRE', sessionKey, ttl)
return 1
