--[[
Purpose  Ends pending claims once the ledger has spoken: the result becomes readable, the entry leaves the pending ledger.
         A rejected claim gives back its unit and its user's quota, once.
KEYS     1 state  2 users  3 claims  4 pending
ARGV     1 epoch, then for each claim: user:ordinal, 'I' or 'R', time of the end in ms, reason or ''
Reply    number of claims that were pending until now; 0 where this state is not of the epoch
Writes   claims, pending; for rejected ones state and users
]]
local stateKey, usersKey, claimsKey, pendingKey = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local epoch = ARGV[1]
if redis.call('HGET', stateKey, 'epoch') ~= epoch then return 0 end
redis.call('ZCARD', pendingKey)
redis.call('HLEN', usersKey)

local ended = 0
for i = 2, #ARGV, 4 do
  local field, result, at, reason = ARGV[i], ARGV[i + 1], ARGV[i + 2], ARGV[i + 3]
  local record = redis.call('HGET', claimsKey, field)
  if record then
    local kind, seq, taken = string.match(record, '^(%u)|(%d+)|(%d+)')
    if kind == 'P' then
      ended = ended + 1
      redis.call('HSET', claimsKey, field, result .. '|' .. seq .. '|' .. taken .. '|' .. (tonumber(at) - tonumber(taken)) .. '|' .. reason)
      if result == 'R' then
        local user = string.match(field, '^(.*):%d+$')
        local live, last = string.match(redis.call('HGET', usersKey, user) or '0', '^(%d+):?(%d*)$')
        if last == '' then last = live end
        redis.call('HSET', usersKey, user, math.max(0, tonumber(live) - 1) .. ':' .. last)
        redis.call('HINCRBY', stateKey, 'remaining', 1)
        redis.call('HINCRBY', stateKey, 'stock_version', 1)
      end
    end
  end
  redis.call('ZREM', pendingKey, field)
end
return ended
