--[[
Purpose  Sliding window: allows what costs `cost` if no span of `window` ms then holds more than `limit`. Counts stand in
         sub-windows of a tenth of the window: any span lies within eleven of them in a row, and no eleven ever hold more.
KEYS     1 counts (string: number of the newest sub-window, then the counts of it and the ten before, newest first)
ARGV     1 limit  2 window in ms  3 cost, 1 to limit
         4 now in ms: never given in production; tests that own the time run this very text
Reply    {1 allowed, 0 refused; remaining; ms until all is there again; ms until this cost can be allowed, 0 if allowed}
         {-1} arguments not valid
Writes   the key and its expiry, only where it allows
]]
local countsKey = KEYS[1]
local limit, window, cost, now = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local SUB_WINDOWS = 10
if not limit or not window or not cost or window < 1 or cost < 1 or cost > limit then return { -1 } end
if not now then
  local time = redis.call('TIME')
  now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
end

local width = math.ceil(window / SUB_WINDOWS)
local slot = math.floor(now / width)
local counts = {}
for age = 0, SUB_WINDOWS do counts[age] = 0 end

local stored = {}
for number in string.gmatch(redis.call('GET', countsKey) or '', '%d+') do stored[#stored + 1] = tonumber(number) end
if #stored == SUB_WINDOWS + 2 then
  local steps = slot - stored[1]
  if steps < 0 and steps >= -SUB_WINDOWS then
    -- The clock was set back a little: time stands still until it has caught up. Set back further, the counts are void.
    slot, now, steps = stored[1], stored[1] * width, 0
  end
  if steps >= 0 then
    for age = steps, SUB_WINDOWS do counts[age] = stored[age - steps + 2] end
  end
end

local used = 0
for age = 0, SUB_WINDOWS do used = used + counts[age] end

-- Milliseconds until at least `count` of what was taken, oldest first, no longer counts.
local function untilGone(count)
  local age, gone = SUB_WINDOWS, counts[SUB_WINDOWS]
  while gone < count and age > 0 do
    age = age - 1
    gone = gone + counts[age]
  end
  return (slot - age + SUB_WINDOWS + 1) * width - now
end

if used + cost > limit then return { 0, limit - used, untilGone(used), untilGone(used + cost - limit) } end
counts[0] = counts[0] + cost
used = used + cost
local resetMs = untilGone(used)
-- %.0f: plain tostring would write large numbers with an exponent.
redis.call(
  'SET',
  countsKey,
  string.format('%.0f ', slot) .. table.concat(counts, ' ', 0, SUB_WINDOWS),
  'PX',
  string.format('%.0f', resetMs)
)
return { 1, limit - used, resetMs, 0 }
