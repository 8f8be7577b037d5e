--[[
Purpose  Ends pending claims once the ledger has spoken: the result becomes readable, the entry leaves the pending ledger.
         A rejected claim gives back its unit and its user's quota, once.
         A user whose only claim was pending is packed then, where the state says that this epoch's scripts can read it.
KEYS     1 state  2 claims (hash user, long or short -> what the user has, see lua/README.md)  3 pending
ARGV     1 epoch, then for each claim: user id, its short form or '', ordinal, 'I' (issued), 'H' (held) or 'R' (rejected),
         time of the end in ms, reason or ''
Reply    number of claims that were pending until now; 0 where this state is not of the epoch
Writes   claims, pending; for rejected ones state
]]
local stateKey, claimsKey, pendingKey = KEYS[1], KEYS[2], KEYS[3]
local epoch = ARGV[1]
local FIRST, EACH = 2, 6
local state = redis.call('HMGET', stateKey, 'epoch', 'packed')
if #ARGV < FIRST or state[1] ~= epoch then return 0 end
local packs = state[2]
redis.call('ZCARD', pendingKey)

-- Text of each user, and the field that has it where that is the short one.
local wanted, texts, names = {}, {}, {}
for i = FIRST, #ARGV, EACH do wanted[(i - FIRST) / EACH + 1] = ARGV[i] end
local others, fields = {}, {}
for i, text in ipairs(redis.call('HMGET', claimsKey, unpack(wanted))) do
  local short = ARGV[FIRST + 1 + (i - 1) * EACH]
  if text then
    texts[wanted[i]] = text
  elseif short ~= '' then
    others[#others + 1] = wanted[i]
    fields[#fields + 1] = short
  end
end
if #others > 0 then
  -- What is packed has ended: it stays as it is.
  for i, text in ipairs(redis.call('HMGET', claimsKey, unpack(fields))) do
    if text and string.find(text, '^%d') then texts[others[i]], names[others[i]] = text, fields[i] end
  end
end

local ended, freed, packed = 0, 0, 0
local changed, gone, writes, over = {}, {}, {}, {}
for i = FIRST, #ARGV, EACH do
  local user, short, ordinal, result, at, reason = ARGV[i], ARGV[i + 1], ARGV[i + 2], ARGV[i + 3], ARGV[i + 4], ARGV[i + 5]
  local text = texts[user] or ''
  local seq, taken, took
  if packs and ordinal == '1' and result ~= 'R' and reason == '' and short ~= '' then
    seq, taken = string.match(text, '^1P(%d+)|(%d+)[^;]*$')
    took = seq and at - taken
  end
  if seq and took >= 0 and took < 2 ^ 24 and #seq < 10 then
    ended = ended + 1
    packed = packed + 1
    gone[packed] = user
    writes[2 * packed - 1] = short
    writes[2 * packed] = struct.pack('>c1I4I6I3', result, seq, taken, took)
    texts[user] = nil
  else
    local record = ordinal .. '(%u)(%d+)|(%d+)[^;]*()'
    local from, kind, behind
    from, kind, seq, taken, behind = string.match(text, '^()' .. record)
    if not from then from, kind, seq, taken, behind = string.match(text, ';()' .. record) end
    if kind == 'P' then
      ended = ended + 1
      if reason ~= '' then reason = '|' .. reason end
      text = string.sub(text, 1, from - 1) .. ordinal .. result .. seq .. '|' .. taken .. '|' .. (at - taken) .. reason
        .. string.sub(text, behind)
      if result == 'R' then
        freed = freed + 1
        local live, rest = string.match(text, '^(%d+)(:.*)$')
        text = live and math.max(0, tonumber(live) - 1) .. rest or '0:1;' .. text
      end
      texts[user], changed[user] = text, true
    end
  end
  over[(i - FIRST) / EACH + 1] = user .. ':' .. ordinal
end

if ended > 0 then
  for user in pairs(changed) do
    writes[#writes + 1] = names[user] or user
    writes[#writes + 1] = texts[user]
  end
  redis.call('HSET', claimsKey, unpack(writes))
  if packed > 0 then redis.call('HDEL', claimsKey, unpack(gone)) end
end
if freed > 0 then
  redis.call('HINCRBY', stateKey, 'remaining', freed)
  redis.call('HINCRBY', stateKey, 'stock_version', freed)
end
redis.call('ZREM', pendingKey, unpack(over))
return ended
