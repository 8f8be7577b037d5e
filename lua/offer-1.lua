--[[
Purpose  Tells the gate of a voucher's waiting list: whether somebody waits, and who has an offer. It is told the whole of it as of one
         version, so whoever tells it again changes nothing. Offers are granted in the order given, as far as there are units;
         one that was used stays used. Not fenced: the ledger has it already, and whoever rebuilds the gate begins with it.
KEYS     1 state (its fields `o:<user>` are the offers: number|until ms, and |u behind one that was used)
ARGV     1 epoch  2 version of the waiting list, 0 to look only  3 1: somebody waits, 0: nobody
         then for each offer: user id, number, until ms
Reply    { -1 } lost: another epoch, or an incomplete state; { -2 } unknown voucher; else
         { now ms, remaining, version that the gate has, 1 somebody waits or 0,
           then for each offer: user id, number, until ms, 1 used or 0 }
Writes   state, where the version is newer than the one that it has
]]
local stateKey = KEYS[1]
local epoch, version, waiting = ARGV[1], tonumber(ARGV[2]), ARGV[3]
local FIRST = 4
local LOST, UNKNOWN = -1, -2

local state = redis.call('HMGET', stateKey, 'epoch', 'remaining', 'list_version', 'waiting')
if not state[1] or state[1] == 'loading' then return { UNKNOWN } end
local remaining, known = tonumber(state[2]), tonumber(state[3] or 0)
if state[1] ~= epoch or not remaining then return { LOST } end

local present = {}
local fields = redis.call('HGETALL', stateKey)
for i = 1, #fields, 2 do
  local user = string.match(fields[i], '^o:(.*)$')
  if user then
    local number, till, used = string.match(fields[i + 1], '^(%d+)|(%d+)(|?u?)$')
    if number then present[user] = { tonumber(number), tonumber(till), used ~= '' } end
  end
end

if version > known then
  local kept, open = {}, 0
  for i = FIRST, #ARGV, 3 do
    local user, number, till = ARGV[i], tonumber(ARGV[i + 1]), tonumber(ARGV[i + 2])
    local before = present[user]
    if before and before[1] == number and before[3] then
      kept[user] = before
    elseif open < remaining then
      open = open + 1
      kept[user] = { number, till, false }
    end
  end
  local gone = {}
  for user in pairs(present) do
    if not kept[user] then gone[#gone + 1] = 'o:' .. user end
  end
  if #gone > 0 then redis.call('HDEL', stateKey, unpack(gone)) end
  local writes = { 'list_version', version, 'waiting', waiting }
  for user, offer in pairs(kept) do
    writes[#writes + 1] = 'o:' .. user
    writes[#writes + 1] = offer[1] .. '|' .. offer[2] .. (offer[3] and '|u' or '')
  end
  redis.call('HSET', stateKey, unpack(writes))
  redis.call('HINCRBY', stateKey, 'stock_version', 1)
  present, known, state[4] = kept, version, waiting
end

local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
local reply = { now, remaining, known, tonumber(state[4] or 0) }
for user, offer in pairs(present) do
  reply[#reply + 1] = user
  reply[#reply + 1] = offer[1]
  reply[#reply + 1] = offer[2]
  reply[#reply + 1] = offer[3] and 1 or 0
end
return reply
