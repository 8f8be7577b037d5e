--[[
Purpose  What the auditor compares, at one moment. The pending claims themselves are read in pieces afterwards: there may be millions.
KEYS     1 state  2 pending
ARGV     1 epoch
Reply    {} where the epoch does not know the voucher, else
         { now ms, total, remaining, sequence, pending, number of the adjustment judged last, of the one refused last,
           number of the give-back taken last }
Writes   nothing
]]
local stateKey, pendingKey = KEYS[1], KEYS[2]
local epoch = ARGV[1]
local state = redis.call('HMGET', stateKey, 'epoch', 'total', 'remaining', 'sequence', 'adjusted', 'refused', 'returned')
if state[1] ~= epoch then return {} end
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
return { now, tonumber(state[2]), tonumber(state[3]), tonumber(state[4]), redis.call('ZCARD', pendingKey), tonumber(state[5] or 0),
  tonumber(state[6] or 0), tonumber(state[7] or 0) }
