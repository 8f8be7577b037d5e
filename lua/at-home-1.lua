--[[
Purpose  Stands before the text of the fenced scripts in a cluster, behind EPOCH and HISTORY. A voucher's state names the history of the
         master that it was given to. Moved with its slot, it takes no claim before somebody has made sure that the master it comes from
         has forgotten nothing: else a loss would be carried to a master that lost nothing (docs/adr/0067).
KEYS     1 state
Reply    { -4, history that the state names } where it is another one; else the script goes on
Writes   nothing
]]
do
  local known = redis.call('HMGET', KEYS[1], 'epoch', 'home')
  if known[1] and known[1] ~= 'loading' and known[2] ~= HISTORY then return { -4, known[2] or '' } end
end
