--[[
Purpose  Ends pending claims once the ledger has spoken: the result becomes readable, the entry leaves the pending ledger.
         A rejected claim gives back its unit and its user's quota, once.
KEYS     1 state  2 claims (hash user -> [live:last ordinal;]records, see lua/README.md)  3 pending
ARGV     1 epoch, then for each claim: user id, ordinal, 'I' (issued), 'H' (held) or 'R' (rejected), time of the end in ms, reason or ''
Reply    number of claims that were pending until now; 0 where this state is not of the epoch
Writes   claims, pending; for rejected ones state
]]
local stateKey, claimsKey, pendingKey = KEYS[1], KEYS[2], KEYS[3]
local epoch = ARGV[1]
local FIRST = 2
if #ARGV < FIRST or redis.call('HGET', stateKey, 'epoch') ~= epoch then return 0 end
redis.call('ZCARD', pendingKey)

local wanted, texts = {}, {}
for i = FIRST, #ARGV, 5 do wanted[#wanted + 1] = ARGV[i] end
for i, text in ipairs(redis.call('HMGET', claimsKey, unpack(wanted))) do texts[wanted[i]] = text end

local ended, freed = 0, 0
local changed, fields = {}, {}
for i = FIRST, #ARGV, 5 do
  local user, ordinal, result, at, reason = ARGV[i], ARGV[i + 1], ARGV[i + 2], ARGV[i + 3], ARGV[i + 4]
  local text = texts[user] or ''
  local record = ordinal .. '(%u)(%d+)|(%d+)[^;]*()'
  local from, kind, seq, taken, behind = string.match(text, '^()' .. record)
  if not from then from, kind, seq, taken, behind = string.match(text, ';()' .. record) end
  if kind == 'P' then
    ended = ended + 1
    if reason ~= '' then reason = '|' .. reason end
    text = string.sub(text, 1, from - 1) .. ordinal .. result .. seq .. '|' .. taken .. '|' .. (tonumber(at) - tonumber(taken)) .. reason
      .. string.sub(text, behind)
    if result == 'R' then
      freed = freed + 1
      local live, others = string.match(text, '^(%d+)(:.*)$')
      text = live and math.max(0, tonumber(live) - 1) .. others or '0:1;' .. text
    end
    texts[user], changed[user] = text, true
  end
  fields[#fields + 1] = user .. ':' .. ordinal
end

if ended > 0 then
  local writes = {}
  for user in pairs(changed) do
    writes[#writes + 1] = user
    writes[#writes + 1] = texts[user]
  end
  redis.call('HSET', claimsKey, unpack(writes))
end
if freed > 0 then
  redis.call('HINCRBY', stateKey, 'remaining', freed)
  redis.call('HINCRBY', stateKey, 'stock_version', freed)
end
redis.call('ZREM', pendingKey, unpack(fields))
return ended
