--[[
Purpose  Brings state, window and limit of a known voucher up to date. Counters stay.
KEYS     1 state
ARGV     1 epoch  2 status  3 opens at ms  4 closes at ms  5 limit  6 version
Reply    1 done, 2 the gate has a newer version, 0 this epoch does not know the voucher
Writes   state
]]
local stateKey = KEYS[1]
local epoch, status, opensAt, closesAt, limit, version = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5], ARGV[6]
local state = redis.call('HMGET', stateKey, 'epoch', 'version')
if state[1] ~= epoch then return 0 end
if tonumber(version) < (tonumber(state[2]) or 0) then return 2 end
redis.call('HSET', stateKey, 'status', status, 'opens_at', opensAt, 'closes_at', closesAt, 'limit', limit, 'version', version)
return 1
