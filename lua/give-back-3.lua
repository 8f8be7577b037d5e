--[[
Purpose  Takes units and places in users' limits back that the ledger took back before: of cancelled claims, say. Once for each
         number, in their order. Not fenced: the ledger has it already, and whoever rebuilds the gate begins with it.
KEYS     1 state  2 claims (hash user, long or short -> what the user has, see lua/README.md)  3 pending
ARGV     1 epoch  2 number, from 1 without gaps  3 units that anybody may claim, then for each claim that counts no longer:
         user id, its short form or '', ordinal
Reply    1 taken, 3 taken earlier, -1 lost: another epoch, an incomplete state, or a number before it is missing
         -2 unknown voucher
Writes   state, claims, pending
]]
local stateKey, claimsKey, pendingKey = KEYS[1], KEYS[2], KEYS[3]
local epoch, number, units = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3])
local FIRST, EACH = 4, 3

local TAKEN, EARLIER, LOST, UNKNOWN = 1, 3, -1, -2

local state = redis.call('HMGET', stateKey, 'epoch', 'remaining', 'returned')
if not state[1] or state[1] == 'loading' then return UNKNOWN end
local remaining, returned = tonumber(state[2]), tonumber(state[3] or 0)
if state[1] ~= epoch or not (remaining and returned) then return LOST end
if number <= returned then return EARLIER end
if number > returned + 1 then return LOST end
redis.call('ZCARD', pendingKey)

-- Text of each user, and the field that has it.
local wanted, texts, names = {}, {}, {}
for i = FIRST, #ARGV, EACH do
  wanted[#wanted + 1] = ARGV[i]
  wanted[#wanted + 1] = ARGV[i + 1]
end
if #wanted > 0 then
  local found = redis.call('HMGET', claimsKey, unpack(wanted))
  for i = 1, #wanted, 2 do
    local at = found[i] and i or i + 1
    local text = found[at]
    local kind = text and string.match(text, '^[IH]')
    if kind then
      local _, seq, taken, took = struct.unpack('>c1I4I6I3', text)
      text = '1' .. kind .. seq .. '|' .. taken .. '|' .. took
    end
    texts[wanted[i]], names[wanted[i]] = text, wanted[at]
  end
end

local changed, fields = {}, {}
for i = FIRST, #ARGV, EACH do
  local user, ordinal = ARGV[i], ARGV[i + 2]
  local text = texts[user]
  if text then
    -- After a rebuild the counts are there and the records are not.
    local record = ordinal .. '%u(%d+|%d+)[^;]*()'
    local from, kept, behind = string.match(text, '^()' .. record)
    if not from then from, kept, behind = string.match(text, ';()' .. record) end
    if from then text = string.sub(text, 1, from - 1) .. ordinal .. 'C' .. kept .. string.sub(text, behind) end
    local live, others = string.match(text, '^(%d+)(:.*)$')
    texts[user] = live and math.max(0, tonumber(live) - 1) .. others or '0:1;' .. text
    changed[user] = true
  end
  fields[#fields + 1] = user .. ':' .. ordinal
end

redis.call('HSET', stateKey, 'returned', number, 'remaining', remaining + units)
if units > 0 then redis.call('HINCRBY', stateKey, 'stock_version', 1) end
if next(changed) then
  local writes = {}
  for user in pairs(changed) do
    writes[#writes + 1] = names[user]
    writes[#writes + 1] = texts[user]
  end
  redis.call('HSET', claimsKey, unpack(writes))
end
if #fields > 0 then redis.call('ZREM', pendingKey, unpack(fields)) end
return TAKEN
