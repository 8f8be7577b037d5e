--[[
Purpose  Requests at a constant rate whatever the answers do, or users who each send so many; latencies by status. wrk knows
         neither, so this takes from it only the LuaJIT that it carries, and loops over epoll itself.
Use      PORT=3000 RATE=5000 SECONDS=10 METHOD=POST URL_PATH=/v1/... TOKENS=tokens.txt wrk -t1 -c1 -d1s -s open-loop.lua URL
Settings PORT on 127.0.0.1; METHOD, URL_PATH; TOKENS: one access token a line, all of one length; FIRST: line to begin with
         RATE, SECONDS: arrivals a second, evenly; CONNECTIONS at first, more are opened when none is free, CONNECTIONS_MAX at most
         PAGE: what every connection asks for once before, uncounted, as those do who wait for a drop
         or USERS, LOOPS: so many connections that each send so many requests, one after the other; RAMP_MS: until the last of
         them has begun; OWN_TOKEN=1: a user keeps one token, else every request has the next one
Prints   one line of JSON. Latency counts from the moment at which a request was due, so that a server which stalls
         is charged for those who had to wait meanwhile. With USERS it counts from the sending.
]]
local ffi, bit = require('ffi'), require('bit')
ffi.cdef([[
typedef long ssize_t;
struct timespec { long sec; long nsec; };
struct timeval { long sec; long usec; };
struct rusage { struct timeval user; struct timeval sys; long rest[14]; };
struct rlimit { unsigned long now; unsigned long most; };
struct sockaddr_in { uint16_t family; uint16_t port; uint32_t address; char zero[8]; };
int clock_gettime(int, struct timespec *);
int getrusage(int, struct rusage *);
int getrlimit(int, struct rlimit *);
int setrlimit(int, const struct rlimit *);
int socket(int, int, int);
int connect(int, const struct sockaddr_in *, unsigned);
int setsockopt(int, int, int, const void *, unsigned);
ssize_t send(int, const void *, size_t, int);
ssize_t recv(int, void *, size_t, int);
int close(int);
int epoll_create1(int);
int usleep(unsigned);
void *memmem(const void *, size_t, const void *, size_t);
uint32_t inet_addr(const char *);
uint16_t htons(uint16_t);
]])
-- The kernel leaves no gap after `events` on x86-64 alone.
ffi.cdef(ffi.arch == 'x64' and 'struct epoll_event { uint32_t events; uint32_t fd; uint32_t more; } __attribute__((packed));'
  or 'struct epoll_event { uint32_t events; uint32_t gap; uint32_t fd; uint32_t more; };')
ffi.cdef('int epoll_ctl(int, int, int, struct epoll_event *); int epoll_wait(int, struct epoll_event *, int, int);')
local C = ffi.C

local IN, OUT = 1, 4
local ADD, MODIFY = 1, 3
local NONBLOCK, NOSIGNAL = 2048, 16384
local EAGAIN, EINPROGRESS = 11, 115
local GRACE_S = 10
-- How long a generator of a constant rate sleeps; a latency may be shown longer by as much
local TICK_US = 1000
-- Between the last connection and the first request: a server may take connections some time after the system has
local SETTLE_US = 500000

local function setting(name, default) return tonumber(os.getenv(name) or default) end
local rate, seconds = setting('RATE', 0), setting('SECONDS', 0)
local users, loops, ramp = setting('USERS', 0), setting('LOOPS', 1), setting('RAMP_MS', 0) / 1e3
local ownToken = os.getenv('OWN_TOKEN') == '1'
local connections = users > 0 and users or setting('CONNECTIONS', 500)
local most = users > 0 and users or setting('CONNECTIONS_MAX', 8000)

-- Requests
local method = os.getenv('METHOD') or 'GET'
local head = method .. ' ' .. (os.getenv('URL_PATH') or '/') .. ' HTTP/1.1\r\nHost: 127.0.0.1\r\n'
if method == 'POST' then head = head .. 'Content-Length: 0\r\n' end
local tokens, width, count
local first = setting('FIRST', 0)
if os.getenv('TOKENS') then
  tokens = assert(io.open(os.getenv('TOKENS'), 'rb')):read('*a')
  width = assert(tokens:find('\n', 1, true), 'TOKENS: no line')
  count = math.floor(#tokens / width)
  head = head .. 'Authorization: Bearer '
end
local sub = string.sub
local function requestOf(n)
  if not tokens then return head .. '\r\n' end
  local from = ((first + n) % count) * width + 1
  return head .. sub(tokens, from, from + width - 2) .. '\r\n\r\n'
end

-- Time, in seconds
local spec = ffi.new('struct timespec')
local function now()
  C.clock_gettime(1, spec)
  return tonumber(spec.sec) + tonumber(spec.nsec) / 1e9
end
local function cpuUs()
  local used = ffi.new('struct rusage')
  C.getrusage(0, used)
  return tonumber(used.user.sec + used.sys.sec) * 1e6 + tonumber(used.user.usec + used.sys.usec)
end

-- Histograms: to the microsecond below 64, then 32 steps a power of two (3 %)
local STEPS = 1024
local function bucket(us)
  local shift = 0
  while us >= 64 do
    us = us / 2
    shift = shift + 1
  end
  us = math.floor(us)
  return shift == 0 and us or 64 + (shift - 1) * 32 + (us - 32)
end
local function bound(index)
  if index < 64 then return index end
  local shift = math.floor((index - 64) / 32) + 1
  return ((index - 64) % 32 + 33) * 2 ^ shift - 1
end
local function histogram() return { counts = ffi.new('uint32_t[?]', STEPS), count = 0, last = 0 } end
local function add(to, s)
  local index = bucket(math.max(0, s * 1e6))
  to.counts[index] = to.counts[index] + 1
  to.count = to.count + 1
end
local function json(of)
  local parts = {}
  for index = 0, STEPS - 1 do
    if of.counts[index] > 0 then parts[#parts + 1] = string.format('[%d,%d]', bound(index), of.counts[index]) end
  end
  return '[' .. table.concat(parts, ',') .. ']'
end

-- Connections by file descriptor
local limit = ffi.new('struct rlimit')
C.getrlimit(7, limit)
limit.now = limit.most
C.setrlimit(7, limit)
local FDS = 70000
local CONNECTING, FREE, WAITING = 1, 2, 3
local state, due, remaining = ffi.new('uint8_t[?]', FDS), ffi.new('double[?]', FDS), ffi.new('int[?]', FDS)
local status = ffi.new('int[?]', FDS)
local partial, userOf = {}, {}
local address = ffi.new('struct sockaddr_in')
address.family, address.port, address.address = 2, C.htons(setting('PORT', 3000)), C.inet_addr('127.0.0.1')
local epoll = C.epoll_create1(0)
local one = ffi.new('int[1]', 1)
local control = ffi.new('struct epoll_event')
local open, opening, broken = 0, 0, 0

local function watch(fd, how, events)
  control.events, control.fd = events, fd
  C.epoll_ctl(epoll, how, fd, control)
end
local function connect(blocking)
  local fd = C.socket(2, blocking and 1 or 1 + NONBLOCK, 0)
  if fd < 0 or fd >= FDS then error('no more connections: ' .. open) end
  C.setsockopt(fd, 6, 1, one, 4) -- TCP_NODELAY
  local done = C.connect(fd, address, 16) == 0
  if not done and ffi.errno() ~= EINPROGRESS then
    C.close(fd)
    broken = broken + 1
    return nil
  end
  open = open + 1
  partial[fd], remaining[fd], status[fd] = nil, 0, 0
  state[fd] = done and FREE or CONNECTING
  if not done then opening = opening + 1 end
  watch(fd, ADD, done and IN or OUT)
  return fd
end

-- What was answered
local statuses = {}
local sent, answered, late = 0, 0, histogram()
local started

local function transmit(fd, n, dueAt)
  local text = requestOf(n)
  due[fd], state[fd] = dueAt, WAITING
  sent = sent + 1
  return C.send(fd, text, #text, NOSIGNAL) == #text
end

-- Free connections. The one that was used last goes first, as in the pools of proxies: those that a stall had opened rest afterwards.
local free = {}
local function push(fd) free[#free + 1] = fd end
local function pop()
  while #free > 0 do
    local fd = table.remove(free)
    if state[fd] == FREE then return fd end
  end
end

-- Arrivals at a constant rate
local handed = 0
local function dueBy(t) return math.min(math.floor((t - started) * rate) + 1, math.floor(rate * seconds)) end
local function handOut(t)
  local by = dueBy(t)
  while handed < by do
    local fd = pop()
    if not fd then break end
    local dueAt = started + handed / rate
    add(late, t - dueAt)
    transmit(fd, handed, dueAt)
    handed = handed + 1
  end
  local missing = by - handed - opening
  for _ = 1, math.min(missing, most - open, 100) do connect(false) end
end

-- Users who each send so many
local progress, running = {}, 0
local function goOn(fd, t)
  local user = userOf[fd]
  if progress[user] >= loops then
    running = running - 1
    return
  end
  local n = ownToken and user or user * loops + progress[user]
  progress[user] = progress[user] + 1
  transmit(fd, n, t)
end

local function lost(fd)
  if state[fd] == WAITING then broken = broken + 1 end
  if state[fd] == CONNECTING then opening = opening - 1 end
  state[fd] = 0
  C.close(fd)
  open = open - 1
  if users > 0 then
    local user = userOf[fd]
    userOf[fd] = nil
    local again = connect(true)
    if again then
      userOf[again] = user
      goOn(again, now())
    else
      running = running - 1
    end
  end
end

-- Pages that were seen before the start
local seen = 0
local function done(fd, t)
  if not started then
    state[fd], seen = FREE, seen + 1
    return
  end
  local known = statuses[status[fd]]
  if not known then
    known = histogram()
    statuses[status[fd]] = known
  end
  add(known, t - due[fd])
  known.last = t - started
  answered = answered + 1
  state[fd] = FREE
  if users > 0 then goOn(fd, t) else push(fd) end
end

local SIZE = 65536
local buffer = ffi.new('uint8_t[?]', SIZE)
local function find(bytes, n, text)
  local at = C.memmem(bytes, n, text, #text)
  if at == nil then return nil end
  return ffi.cast('uint8_t *', at) - ffi.cast('uint8_t *', bytes)
end
local function lengthOf(bytes, n)
  local at = find(bytes, n, 'ontent-length: ') or find(bytes, n, 'ontent-Length: ')
  if not at then return nil end
  local value, index = 0, tonumber(at) + 15
  while bytes[index] >= 48 and bytes[index] <= 57 do
    value = value * 10 + bytes[index] - 48
    index = index + 1
  end
  return value
end

-- `remaining` is what is missing of a body; -1 where its end shows by itself (chunked).
local function received(fd, n, t)
  if remaining[fd] > 0 then
    remaining[fd] = remaining[fd] - n
    if remaining[fd] <= 0 then done(fd, t) end
    return
  end
  local bytes = buffer
  if remaining[fd] < 0 then
    local tail_ = (partial[fd] or '') .. ffi.string(buffer, n)
    partial[fd] = tail_:sub(-5)
    if partial[fd] == '0\r\n\r\n' then
      partial[fd], remaining[fd] = nil, 0
      done(fd, t)
    end
    return
  end
  if partial[fd] then
    local text = partial[fd] .. ffi.string(buffer, n)
    partial[fd] = nil
    bytes, n = ffi.new('uint8_t[?]', #text + 1), #text
    ffi.copy(bytes, text)
  end
  local headEnd = find(bytes, n, '\r\n\r\n')
  if not headEnd then
    partial[fd] = ffi.string(bytes, n)
    return
  end
  local headLength = tonumber(headEnd) + 4
  status[fd] = (bytes[9] - 48) * 100 + (bytes[10] - 48) * 10 + bytes[11] - 48
  local length = lengthOf(bytes, headLength)
  if not length and find(bytes, headLength, 'chunked') then
    local body = ffi.string(bytes + headLength, n - headLength)
    if body:sub(-5) == '0\r\n\r\n' then return done(fd, t) end
    partial[fd], remaining[fd] = body:sub(-5), -1
    return
  end
  local missing = (length or 0) - (n - headLength)
  if missing > 0 then remaining[fd] = missing else done(fd, t) end
end

local EVENTS = 1024
local events = ffi.new('struct epoll_event[?]', EVENTS)
local function poll(timeoutMs)
  local n = C.epoll_wait(epoll, events, EVENTS, timeoutMs)
  local t = now()
  for i = 0, n - 1 do
    local fd = tonumber(events[i].fd)
    if state[fd] == CONNECTING then
      if bit.band(events[i].events, OUT) ~= 0 and bit.band(events[i].events, 8) == 0 then
        opening = opening - 1
        state[fd] = FREE
        watch(fd, MODIFY, IN)
        push(fd)
      else
        lost(fd)
        broken = broken + 1
      end
    elseif state[fd] ~= 0 then
      local got = tonumber(C.recv(fd, buffer, SIZE, 64)) -- MSG_DONTWAIT
      if got > 0 then
        received(fd, got, t)
      elseif got == 0 or ffi.errno() ~= EAGAIN then
        lost(fd)
      end
    end
  end
  return n
end

-- All connections are there before the first request is due.
local page = os.getenv('PAGE')
local look = page and 'GET ' .. page .. ' HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n'
local ready = {}
for i = 1, connections do
  local fd = connect(true)
  if not fd then error('cannot connect') end
  ready[i] = fd
  if look then
    state[fd] = WAITING
    C.send(fd, look, #look, NOSIGNAL)
  end
  if i % 100 == 0 or i == connections then
    poll(1) -- lets the server take them
    local patience = now() + GRACE_S
    while look and seen < i do
      poll(10)
      if broken > 0 or now() > patience then error('PAGE: no answer') end
    end
  end
end
C.usleep(SETTLE_US)
local cpuBefore = cpuUs()
started = now()

if users > 0 then
  running = users
  for user = 0, users - 1 do progress[user] = 0 end
  local begun = 0
  while running > 0 do
    local t = now()
    while begun < users and t - started >= ramp * begun / users do
      local fd = ready[begun + 1]
      userOf[fd] = begun
      begun = begun + 1
      goOn(fd, t)
    end
    poll(begun < users and 1 or 100)
    if answered > 0 and now() - started > 600 then break end
  end
else
  for _, fd in ipairs(ready) do push(fd) end
  local t = started
  while t - started < seconds do
    handOut(t)
    -- Waking for every answer would cost the server, which has to wake us, more than the answer does.
    C.usleep(TICK_US)
    repeat until poll(0) < EVENTS
    t = now()
  end
  local deadline = t + GRACE_S
  while answered + broken < sent and t < deadline do
    poll(10)
    t = now()
  end
end
local took = now() - started

local parts = {}
for code, known in pairs(statuses) do
  parts[#parts + 1] = string.format('"%d":{"count":%d,"lastS":%.6f,"buckets":%s}', code, known.count, known.last, json(known))
end
local asked = users > 0 and users * loops or math.floor(rate * seconds)
io.write(string.format(
  '{"seconds":%.6f,"asked":%d,"sent":%d,"answers":%d,"broken":%d,"connections":%d,"cpuUs":%d,"late":%s,"statuses":{%s}}\n',
  users > 0 and took or seconds, asked, sent, answered, broken, open, cpuUs() - cpuBefore, json(late), table.concat(parts, ',')))
os.exit(0)
