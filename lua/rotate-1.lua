--[[
Purpose  Replaces the current refresh token of a session, once. A token that was spent a moment ago may come again: its answer
         was lost, or another tab had it too. Any other token ends the session.
KEYS     1 session (hash user_id, refresh, spent, created_at, seen_at)
ARGV     1 hash of the token presented  2 hash of the token that takes its place
         3 now in ms, kept and never judged  4 time to live in ms  5 ms in which a spent token may come again
         6 spent tokens remembered at most
Reply    1 rotated, 2 reused: the session is ended now, 3 no such session, 4 spent a moment ago: nothing is changed,
         0 an argument is not valid
Writes   session: refresh, spent (`hash:ms` by commas, by the clock of this server), seen_at and its expiry; or deletes it
]]
local sessionKey = KEYS[1]
local presented, following, now = ARGV[1], ARGV[2], ARGV[3]
local ttl, grace, most = tonumber(ARGV[4]), tonumber(ARGV[5]), tonumber(ARGV[6])
if not (ttl and grace and most) or ttl < 1 or grace < 0 or most < 0 then return 0 end

local session = redis.call('HMGET', sessionKey, 'refresh', 'spent')
local current = session[1]
if not current then return 3 end

local time = redis.call('TIME')
local at = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
local spent, again = {}, false
for hash, ms in string.gmatch(session[2] or '', '([^:,]+):(%d+)') do
  if at - tonumber(ms) < grace then
    spent[#spent + 1] = hash .. ':' .. ms
    if hash == presented then again = true end
  end
end
if current ~= presented then
  if again then return 4 end
  redis.call('DEL', sessionKey)
  return 2
end
if grace > 0 then spent[#spent + 1] = presented .. ':' .. string.format('%.0f', at) end
while #spent > most do table.remove(spent, 1) end
redis.call('HSET', sessionKey, 'refresh', following, 'spent', table.concat(spent, ','), 'seen_at', now)
redis.call('PEXPIRE', sessionKey, ttl)
return 1
