--[[
Purpose  Makes a voucher known to the gate with all its stock. Counters that have been used or adjusted are never touched.
KEYS     1 state  2 claims  3 pending  4 keys
ARGV     1 epoch  2 status  3 opens at ms  4 closes at ms  5 limit  6 total  7 version
         then more fields that the state begins with, each with its value
Reply    1 prepared, 2 already in use (only configured), 3 the gate has a newer version (nothing done)
Writes   state; claims, pending, keys are emptied when the voucher never took a claim and was never adjusted
]]
local stateKey = KEYS[1]
local epoch, status, opensAt, closesAt, limit, total, version =
  ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5], ARGV[6], ARGV[7]
local state = redis.call('HMGET', stateKey, 'epoch', 'sequence', 'version', 'adjusted')
if state[1] == epoch and tonumber(version) < (tonumber(state[3]) or 0) then return 3 end
local used = (tonumber(state[2]) or 0) > 0 or (tonumber(state[4]) or 0) > 0
if state[1] == epoch and used then
  redis.call('HSET', stateKey, 'status', status, 'opens_at', opensAt, 'closes_at', closesAt, 'limit', limit, 'version', version)
  return 2
end
redis.call('DEL', unpack(KEYS))
redis.call('HSET', stateKey, 'epoch', epoch, 'status', status, 'opens_at', opensAt, 'closes_at', closesAt, 'limit', limit,
  'total', total, 'remaining', total, 'sequence', 0, 'version', version, 'adjusted', 0, 'stock_version', 0, unpack(ARGV, 8))
return 1
