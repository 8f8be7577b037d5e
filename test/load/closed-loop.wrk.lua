--[[
Purpose  wrk's requests: as fast as the answers come back, each with the next token of a file, or the next body.
Use      METHOD=POST URL_PATH=/v1/vouchers/vch_.../claims TOKENS=tokens.txt wrk -t1 -c500 -d10s -s closed-loop.wrk.lua URL
Settings METHOD, URL_PATH; TOKENS: one access token a line, all of one length (else no token is sent); FIRST: line to begin
         with, from 0
         BODIES in place of TOKENS: one JSON body a line, all of one length; TOKEN: the token that is sent with each of them
Prints   one line of JSON when all is over
]]
local method, path = os.getenv('METHOD') or 'GET', os.getenv('URL_PATH') or '/'
local bodies = os.getenv('BODIES')
local file = bodies or os.getenv('TOKENS')
local head = method .. ' ' .. path .. ' HTTP/1.1\r\nHost: 127.0.0.1\r\n'
if method == 'POST' and not bodies then head = head .. 'Content-Length: 0\r\n' end

local threads = {}
function setup(thread)
  thread:set('number', #threads)
  threads[#threads + 1] = thread
  for _, known in ipairs(threads) do known:set('step', #threads) end
end

-- `number` and `step` are globals that `setup` gives each thread.
local tokens, width, count, at
function init()
  sent, wrapped = 0, 0
  if not file then return end
  tokens = assert(io.open(file, 'rb')):read('*a')
  width = assert(tokens:find('\n', 1, true), 'TOKENS: no line') -- with its end
  count = math.floor(#tokens / width)
  at = (tonumber(os.getenv('FIRST') or '0') + number) % count
  if bodies then
    head = head .. 'Authorization: Bearer ' .. assert(os.getenv('TOKEN'), 'TOKEN: missing')
      .. '\r\nContent-Type: application/json\r\nContent-Length: ' .. (width - 1)
  else
    head = head .. 'Authorization: Bearer '
  end
end

local sub = string.sub
function request()
  sent = sent + 1
  if not tokens then return head .. '\r\n' end
  local from = at * width + 1
  at = at + step
  if at >= count then
    at = at - count
    wrapped = wrapped + 1
  end
  local line = sub(tokens, from, from + width - 2)
  if bodies then return head .. '\r\n\r\n' .. line end
  return head .. line .. '\r\n\r\n'
end

function done(summary, latency)
  local all, around = 0, 0
  for _, thread in ipairs(threads) do
    all = all + thread:get('sent')
    around = around + thread:get('wrapped')
  end
  local e = summary.errors
  io.write(string.format(
    '{"seconds":%.6f,"answers":%d,"refused":%d,"sent":%d,"wrapped":%d,"broken":%d,"bytes":%d,' ..
      '"p50":%.3f,"p90":%.3f,"p99":%.3f,"p999":%.3f}\n',
    summary.duration / 1e6, summary.requests, e.status, all, around, e.connect + e.read + e.write + e.timeout, summary.bytes,
    latency:percentile(50) / 1e3, latency:percentile(90) / 1e3, latency:percentile(99) / 1e3, latency:percentile(99.9) / 1e3))
end
