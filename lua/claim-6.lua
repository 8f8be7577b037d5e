--[[
Purpose  Decides a batch of claims of one voucher: idempotency key, rate, window, state, quota, stock; first come, first
         served, but while somebody waits only those who have an offer (see offer-1.lua).
         Fenced: the loader puts `local EPOCH = '<n>'` and `local HISTORY = '<id>'` before this text, so the script's SHA
         belongs to one epoch of the gate on one history of the server (its `master_replid`). A Redis that forgot its
         scripts answers NOSCRIPT, one that was restarted, demoted or promoted has another history.
KEYS     1 state (hash)  2 claims (hash user, long or short -> what the user has, see lua/README.md)
         3 pending (zset user:ordinal by ms)  4 keys (hash user|key -> ordinal|fingerprint|ms)
         5 even rate  6 odd rate (hashes user -> attempts let through, ms since the generation's begin, by commas)
ARGV     1 most pending claims  2 lifetime of an idempotency key in ms
         3 attempts of a user in a window, 0 for any number  4 length of that window in ms
         5 highest sequence of this voucher and epoch that the caller has seen, 0 for none
         then for each claim: user id, its short form or '', idempotency key or '', fingerprint of the request or ''
Reply    { code } for the whole batch: -1 state lost, -2 unknown voucher, -3 another history; else
         { now ms, remaining, opens at ms, closes at ms, stock version, sequence,
           then for each claim: code, ordinal, sequence, accepted at ms; or for a limited one: code, 0, wait ms, now }
Writes   only after every check of every claim; nothing when no claim is accepted and no attempt counted
]]
local stateKey, claimsKey, pendingKey, keysKey = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local evenRateKey, oddRateKey = KEYS[5], KEYS[6]
local maxPending, keyTtl, rateLimit, rateWindow = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local seen = tonumber(ARGV[5])
local FIRST, EACH = 6, 4

local ACCEPTED, REPLAY_PENDING, REPLAY_DONE, KEY_REUSED = 1, 2, 3, 4
local NOT_STARTED, PAUSED, ENDED, SOLD_OUT, LIMIT, OVERLOADED, RATE_LIMITED = 10, 11, 12, 13, 14, 15, 16

-- The data may be older than this script: a server that was demoted and promoted again keeps its scripts. Every restart and
-- promotion gives it another id; a replica has its primary's.
local replication = redis.call('INFO', 'replication')
if not (string.find(replication, 'role:master', 1, true) and string.find(replication, 'master_replid:' .. HISTORY, 1, true)) then
  return { -3 }
end

local state = redis.call('HMGET', stateKey, 'epoch', 'status', 'opens_at', 'closes_at', 'limit', 'remaining', 'sequence', 'total',
  'stock_version', 'rate_generation', 'waiting')
if not state[1] or state[1] == 'loading' then return { -2 } end -- one that is still loaded takes no claim yet
local status, opensAt, closesAt = state[2], tonumber(state[3]), tonumber(state[4])
local limit, remaining, sequence, total = tonumber(state[5]), tonumber(state[6]), tonumber(state[7]), tonumber(state[8])
if state[1] ~= EPOCH or not (status and opensAt and closesAt and limit and remaining and sequence and total) then
  return { -1 }
end
if sequence < seen then return { -1 } end -- numbers were given that this state does not know
-- Units are gone but nobody has them: part of the state was lost.
if remaining < total and redis.call('HLEN', claimsKey) == 0 then return { -1 } end

local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
local pending = redis.call('ZCARD', pendingKey)

local users, wanted, asked = {}, {}, {}
local names, count = {}, 0
local keyed, keyFields = {}, {}
for i = FIRST, #ARGV, EACH do
  local user = ARGV[i]
  if not asked[user] then
    asked[user] = true
    count = count + 1
    wanted[count] = user
    names[2 * count - 1] = user
    names[2 * count] = ARGV[i + 1]
  end
  if ARGV[i + 2] ~= '' then keyFields[#keyFields + 1] = user .. '|' .. ARGV[i + 2] end
end
-- Of each user: claims that count, highest ordinal, records with a semicolon before each, the field that has them.
local texts = redis.call('HMGET', claimsKey, unpack(names))
for i, user in ipairs(wanted) do
  local at = texts[2 * i - 1] and 2 * i - 1 or 2 * i
  local text = texts[at]
  if not text then
    users[user] = { 0, 0, '', user }
  else
    local kind = string.match(text, '^[IH]')
    if kind then
      local _, seq, taken, took = struct.unpack('>c1I4I6I3', text)
      text = '1' .. kind .. seq .. '|' .. taken .. '|' .. took
    end
    local live, last, records = string.match(text, '^(%d+):(%d+)(.*)$')
    users[user] = live and { tonumber(live), tonumber(last), records, names[at] } or { 1, 1, ';' .. text, names[at] }
  end
end
if #keyFields > 0 then
  local found = redis.call('HMGET', keysKey, unpack(keyFields))
  for i, field in ipairs(keyFields) do
    if found[i] then
      local ordinal, fingerprint, at = string.match(found[i], '^(%d+)|([^|]*)|(%d+)$')
      if ordinal and tonumber(at) + keyTtl > now then keyed[field] = { tonumber(ordinal), fingerprint } end
    end
  end
end

-- An exact sliding window: attempts are kept by generation (as long as the window), so two generations cover any window.
local generation, begin, rateKey, otherRateKey, known
local attempts, offsets, counted = {}, {}, {}
if rateLimit > 0 then
  known = tonumber(state[10])
  generation = math.floor(now / rateWindow)
  if known == generation + 1 then generation = known end -- the clock went back a little
  begin = generation * rateWindow
  rateKey, otherRateKey = evenRateKey, oddRateKey
  if generation % 2 == 1 then rateKey, otherRateKey = oddRateKey, evenRateKey end
  local function load(key, from)
    local found = redis.call('HMGET', key, unpack(wanted))
    for i, user in ipairs(wanted) do
      if found[i] then
        local times = attempts[user] or {}
        attempts[user] = times
        for offset in string.gmatch(found[i], '-?%d+') do times[#times + 1] = from + tonumber(offset) end
      end
    end
    return found
  end
  if known == generation or known == generation - 1 then load(otherRateKey, begin - rateWindow) end
  if known == generation then
    local found = load(rateKey, begin)
    for i, user in ipairs(wanted) do offsets[user] = found[i] or nil end
  end
end
-- Milliseconds that this attempt comes too early; without them it is counted.
local function tooEarly(user)
  local times = attempts[user] or {}
  attempts[user] = times
  local limiting = times[#times - rateLimit + 1]
  if limiting and limiting + rateWindow > now then return limiting + rateWindow - now end
  times[#times + 1] = now
  offsets[user] = (offsets[user] and offsets[user] .. ',' or '') .. (now - begin)
  counted[user] = true
end

-- Somebody waits: units are for those who have an offer that is neither used nor over.
local waiting = state[11] == '1'
local offers, offerWrites = {}, {}
if waiting then
  local fields = {}
  for i, user in ipairs(wanted) do fields[i] = 'o:' .. user end
  local found = redis.call('HMGET', stateKey, unpack(fields))
  for i, user in ipairs(wanted) do
    local till = found[i] and string.match(found[i], '^%d+|(%d+)$')
    if till and tonumber(till) > now then offers[user] = found[i] end
  end
end

local closed
if status == 'ended' or now >= closesAt then closed = ENDED
elseif now < opensAt then closed = NOT_STARTED
elseif status == 'paused' then closed = PAUSED
elseif status ~= 'open' then closed = PAUSED end

local reply = { now, 0, opensAt, closesAt, tonumber(state[9]) or 0, 0 }
local claimWrites, pendingWrites, keyWrites = {}, {}, {}
local touched = {}
local taken, said = 0, #reply
for i = FIRST, #ARGV, EACH do
  local user, key, fingerprint = ARGV[i], ARGV[i + 2], ARGV[i + 3]
  local quota = users[user]
  local held = key ~= '' and keyed[user .. '|' .. key] or nil
  local code, ordinal, seq, at = 0, 0, 0, now
  local waitMs = not held and rateLimit > 0 and tooEarly(user)
  if held then
    ordinal = held[1]
    if held[2] ~= fingerprint then
      code = KEY_REUSED
    else
      local kind, s, a = string.match(quota[3], ';' .. ordinal .. '(%u)(%d+)|(%d+)')
      code = kind == 'P' and REPLAY_PENDING or REPLAY_DONE
      seq, at = tonumber(s or 0), tonumber(a or 0)
    end
  elseif waitMs then
    code, seq = RATE_LIMITED, waitMs
  elseif closed then
    code = closed
  elseif quota[1] >= limit then
    code, ordinal = LIMIT, quota[2]
  elseif remaining - taken <= 0 or (waiting and not offers[user]) then
    code = SOLD_OUT
  elseif pending + taken >= maxPending then
    code = OVERLOADED
  else
    taken = taken + 1
    code = ACCEPTED
    ordinal = quota[2] + 1
    seq = sequence + taken
    local record = ';' .. ordinal .. 'P' .. seq .. '|' .. now
    if key ~= '' then
      record = record .. '|' .. key .. '.' .. fingerprint
      keyed[user .. '|' .. key] = { ordinal, fingerprint }
      keyWrites[#keyWrites + 1] = user .. '|' .. key
      keyWrites[#keyWrites + 1] = ordinal .. '|' .. fingerprint .. '|' .. now
    end
    quota[1], quota[2], quota[3] = quota[1] + 1, ordinal, quota[3] .. record
    touched[user] = true
    if waiting then
      offerWrites[#offerWrites + 1] = 'o:' .. user
      offerWrites[#offerWrites + 1] = offers[user] .. '|u'
      offers[user] = nil
    end
    pendingWrites[2 * taken - 1] = now
    pendingWrites[2 * taken] = user .. ':' .. ordinal
  end
  reply[said + 1] = code
  reply[said + 2] = ordinal
  reply[said + 3] = seq
  reply[said + 4] = at
  said = said + 4
end
reply[2] = remaining - taken
reply[6] = sequence + taken

if next(counted) then
  if known ~= generation then
    redis.call('UNLINK', rateKey)
    if known ~= generation - 1 then redis.call('UNLINK', otherRateKey) end
    redis.call('HSET', stateKey, 'rate_generation', generation)
  end
  local rateWrites = {}
  for user in pairs(counted) do
    rateWrites[#rateWrites + 1] = user
    rateWrites[#rateWrites + 1] = offsets[user]
  end
  redis.call('HSET', rateKey, unpack(rateWrites))
  if known ~= generation then redis.call('PEXPIRE', rateKey, 3 * rateWindow) end
end
if taken > 0 then
  for user in pairs(touched) do
    local live, last, records, field = unpack(users[user])
    claimWrites[#claimWrites + 1] = field
    -- One claim that counts, as most users have: its record alone says so.
    claimWrites[#claimWrites + 1] = last == 1 and string.sub(records, 2) or (live .. ':' .. last .. records)
  end
  redis.call('HSET', stateKey, 'remaining', remaining - taken, 'sequence', sequence + taken)
  if #offerWrites > 0 then redis.call('HSET', stateKey, unpack(offerWrites)) end
  redis.call('HSET', claimsKey, unpack(claimWrites))
  redis.call('ZADD', pendingKey, unpack(pendingWrites))
  if #keyWrites > 0 then redis.call('HSET', keysKey, unpack(keyWrites)) end
end
return reply
