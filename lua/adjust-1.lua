--[[
Purpose  Raises or lowers the stock of a voucher, once for each number of the stock ledger, never below what is committed.
         Fenced like the claim script: the loader puts epoch and history before this text, and it is loaded only when the
         epoch begins, so a Redis that went back to an older state does not judge by it.
KEYS     1 state
ARGV     1 number in the stock ledger, from 1  2 delta  3 highest sequence that the caller has seen, 0 for none
Reply    1 applied, 2 refused: fewer units are left; both again for the number that was judged last
         3 judged earlier: the ledger knows how; -1 state lost; -2 unknown voucher; -3 another history
Writes   state
]]
local stateKey = KEYS[1]
local number, delta, seen = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])

local APPLIED, REFUSED, EARLIER, LOST, UNKNOWN, BROKEN = 1, 2, 3, -1, -2, -3

local replication = redis.call('INFO', 'replication')
if not (string.find(replication, 'role:master', 1, true) and string.find(replication, 'master_replid:' .. HISTORY, 1, true)) then
  return BROKEN
end

local state = redis.call('HMGET', stateKey, 'epoch', 'total', 'remaining', 'adjusted', 'refused', 'sequence', 'waiting')
if not state[1] or state[1] == 'loading' then return UNKNOWN end
local total, remaining, adjusted, sequence = tonumber(state[2]), tonumber(state[3]), tonumber(state[4]), tonumber(state[6])
if state[1] ~= EPOCH or not (total and remaining and adjusted and sequence) then return LOST end
if sequence < seen then return LOST end

if number < adjusted then return EARLIER end
if number == adjusted then return tonumber(state[5]) == number and REFUSED or APPLIED end
if number > adjusted + 1 then return LOST end -- an adjustment between was judged, and is no longer known

-- Units that were offered to those who wait are not taken away either.
local offered = 0
if delta < 0 and state[7] == '1' then
  local time = redis.call('TIME')
  local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
  local fields = redis.call('HGETALL', stateKey)
  for i = 1, #fields, 2 do
    local till = string.match(fields[i], '^o:') and string.match(fields[i + 1], '^%d+|(%d+)$')
    if till and tonumber(till) > now then offered = offered + 1 end
  end
end
if delta < 0 and remaining - offered + delta < 0 then
  redis.call('HSET', stateKey, 'adjusted', number, 'refused', number)
  return REFUSED
end
redis.call('HSET', stateKey, 'adjusted', number, 'total', total + delta, 'remaining', remaining + delta)
redis.call('HINCRBY', stateKey, 'stock_version', 1)
return APPLIED
