--[[
Purpose  Finishes the rebuild of a voucher: the state gets its epoch only if what was loaded before is still all there.
KEYS     1 state  2 claims  3 keys
ARGV     1 epoch  2 entries expected in claims  3 entries expected in keys
Reply    1 sealed, 0 something was lost meanwhile
Writes   state
]]
local stateKey, claimsKey, keysKey = KEYS[1], KEYS[2], KEYS[3]
local epoch, claims, keys = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3])
if redis.call('HGET', stateKey, 'epoch') ~= 'loading' then return 0 end
if redis.call('HLEN', claimsKey) ~= claims or redis.call('HLEN', keysKey) ~= keys then return 0 end
redis.call('HSET', stateKey, 'epoch', epoch)
return 1
