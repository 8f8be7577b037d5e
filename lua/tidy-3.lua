--[[
Purpose  Drops attempts that no window reaches any more, once nobody asks. While users ask, the claim script does it. The expiry
         of the keys is not enough: Redis removes what has expired only when it is read or met by chance, and among many
         keys with an expiry that takes many minutes.
KEYS     1 state  2 even rate  3 odd rate
ARGV     1 epoch  2 length of the window in ms
Reply    number of keys dropped
Writes   unlinks both rates
]]
local stateKey, evenRateKey, oddRateKey = KEYS[1], KEYS[2], KEYS[3]
local epoch, rateWindow = ARGV[1], tonumber(ARGV[2])
local state = redis.call('HMGET', stateKey, 'epoch', 'rate_generation')
local known = tonumber(state[2])
if state[1] ~= epoch or not known then return 0 end

local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
-- An attempt counts for a window: until the end of the generation after its own.
if math.floor(now / rateWindow) <= known + 1 then return 0 end
return redis.call('UNLINK', evenRateKey, oddRateKey)
