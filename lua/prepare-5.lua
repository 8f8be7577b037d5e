--[[
Purpose  Makes a voucher known to the gate with all its stock. Counters that have been used are never touched.
KEYS     1 state  2 users  3 claims  4 pending  5 keys
ARGV     1 epoch  2 status  3 opens at ms  4 closes at ms  5 limit  6 total  7 version
Reply    1 prepared, 2 already in use (only configured), 3 the gate has a newer version (nothing done)
Writes   state; users, claims, pending, keys are emptied when the voucher never took a claim
]]
local stateKey = KEYS[1]
local epoch, status, opensAt, closesAt, limit, total, version =
  ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5], ARGV[6], ARGV[7]
local state = redis.call('HMGET', stateKey, 'epoch', 'sequence', 'version')
if state[1] == epoch and tonumber(version) < (tonumber(state[3]) or 0) then return 3 end
if state[1] == epoch and (tonumber(state[2]) or 0) > 0 then
  redis.call('HSET', stateKey, 'status', status, 'opens_at', opensAt, 'closes_at', closesAt, 'limit', limit, 'version', version)
  return 2
end
redis.call('DEL', unpack(KEYS))
redis.call('HSET', stateKey, 'epoch', epoch, 'status', status, 'opens_at', opensAt, 'closes_at', closesAt, 'limit', limit,
  'total', total, 'remaining', total, 'sequence', 0, 'version', version)
return 1
