--[[
Purpose  Gives a voucher that came with its slot to the master that it is on now. Only for one of which it is known that the master it
         comes from has forgotten nothing (docs/adr/0067).
KEYS     1 state
ARGV     1 epoch  2 history of the master that it comes from
Reply    1 given to this master, 0 the state is of another epoch, or no longer of that master
Writes   state: home
]]
local stateKey = KEYS[1]
local epoch, from = ARGV[1], ARGV[2]
local state = redis.call('HMGET', stateKey, 'epoch', 'home')
if state[1] ~= epoch or state[2] ~= from then return 0 end
local history = string.match(redis.call('INFO', 'replication'), 'master_replid:(%x+)')
redis.call('HSET', stateKey, 'home', history)
return 1
