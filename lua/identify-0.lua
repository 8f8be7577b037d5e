--[[
Purpose  Tells which server answers, and which history its data has: asked in a script, as the fenced scripts ask it.
KEYS     none
ARGV     none
Reply    text of INFO: the sections replication and server
Writes   nothing
]]
return redis.call('INFO', 'replication') .. redis.call('INFO', 'server')
