--[[
Purpose  Judges a one-time code and uses it up: by being right, or by as many wrong tries as it has.
KEYS     1 code of one phone number (hash code, tries)
ARGV     1 keyed hash of the code that was given  2 tries a code has
Reply    1 right: the code is gone, 2 wrong, 3 there is no code; 0 the number of tries is not valid
Writes   code: tries; or deletes it
]]
local codeKey = KEYS[1]
local given, allowed = ARGV[1], tonumber(ARGV[2])
if not allowed or allowed < 1 then return 0 end

-- Both sides are hashes under a key that no client has: how far they agree tells a client nothing about the code.
local current = redis.call('HGET', codeKey, 'code')
if not current then return 3 end
if current == given then
  redis.call('DEL', codeKey)
  return 1
end
if redis.call('HINCRBY', codeKey, 'tries', 1) >= allowed then redis.call('DEL', codeKey) end
return 2
