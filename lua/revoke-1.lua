--[[
Purpose  Notes revoked sessions, and drops notes that are older than any access token can be.
KEYS     1 revocations (stream, field s = session id; its ids are times of this server and never go back)
ARGV     1 ms an entry lives at least  2 entries kept at most, about  3... session ids
Reply    number of entries written; 0 an argument is not valid
Writes   revocations: its entries and its expiry
]]
local streamKey = KEYS[1]
local lifetime, most = tonumber(ARGV[1]), tonumber(ARGV[2])
if not lifetime or lifetime < 1 or not most or most < 1 or #ARGV < 3 then return 0 end

local time = redis.call('TIME')
local oldest = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000) - lifetime
for i = 3, #ARGV do redis.call('XADD', streamKey, '*', 's', ARGV[i]) end
redis.call('XTRIM', streamKey, 'MINID', string.format('%.0f', math.max(oldest, 0)))
redis.call('XTRIM', streamKey, 'MAXLEN', '~', most)
redis.call('PEXPIRE', streamKey, lifetime)
return #ARGV - 2
