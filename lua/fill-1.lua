--[[
Purpose  Token bucket: allows what costs `cost` tokens if there are as many; `limit` at most, refilled evenly so that an empty
         bucket is full after `window` ms. Counted in units of which `limit` flow in each ms and a token is `window`: all
         numbers are whole and below 2^53, so it refills exactly.
KEYS     1 bucket (string: ms of the last change, units there were after it); no key is a full bucket
ARGV     1 limit  2 window in ms  3 cost, 1 to limit
         4 now in ms: never given in production; tests that own the time run this very text
Reply    {1 allowed, 0 refused; remaining; ms until it is full again; ms until this cost can be allowed, 0 if allowed}
         {-1} arguments not valid
Writes   the key and its expiry, only where it allows
]]
local bucketKey = KEYS[1]
local limit, window, cost, now = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
if not limit or not window or not cost or window < 1 or cost < 1 or cost > limit then return { -1 } end
if not now then
  local time = redis.call('TIME')
  now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
end

local full = limit * window
local units = full
local at, left = string.match(redis.call('GET', bucketKey) or '', '^(%d+) (%d+)$')
if at then
  at, left = tonumber(at), tonumber(left)
  -- Set back a little, the clock stands still until it has caught up; further back than a window, the bucket is full.
  if now < at and now >= at - window then now = at end
  if now >= at then units = math.min(full, left + math.min(now - at, window) * limit) end
end

local wanted = cost * window
if wanted > units then
  local missing = wanted - units
  return { 0, math.floor(units / window), math.ceil((full - units) / limit), math.ceil(missing / limit) }
end
units = units - wanted
local resetMs = math.ceil((full - units) / limit)
-- %.0f: plain tostring would write large numbers with an exponent.
redis.call('SET', bucketKey, string.format('%.0f %.0f', now, units), 'PX', string.format('%.0f', resetMs))
return { 1, math.floor(units / window), resetMs, 0 }
