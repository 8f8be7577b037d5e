--[[
Purpose  Replaces the current refresh token of a session, once. Any token but the current one ends the session.
KEYS     1 session (hash user_id, refresh, created_at, seen_at)
ARGV     1 hash of the token presented  2 hash of the token that takes its place
         3 now in ms, kept and never judged  4 time to live in ms
Reply    1 rotated, 2 reused: the session is ended now, 3 no such session, 0 the time to live is not valid
Writes   session: refresh, seen_at and its expiry; or deletes it
]]
local sessionKey = KEYS[1]
local presented, following, now, ttl = ARGV[1], ARGV[2], ARGV[3], tonumber(ARGV[4])
if not ttl or ttl < 1 then return 0 end

local current = redis.call('HGET', sessionKey, 'refresh')
if not current then return 3 end
if current ~= presented then
  redis.call('DEL', sessionKey)
  return 2
end
redis.call('HSET', sessionKey, 'refresh', following, 'seen_at', now)
redis.call('PEXPIRE', sessionKey, ttl)
return 1
