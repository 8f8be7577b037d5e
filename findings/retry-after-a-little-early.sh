#!/usr/bin/env bash
# Five requests in four seconds are let through; the sixth comes half a second later and is told by `Retry-After` how many seconds to
# wait (RFC 9110, 10.2.3): 3.5 are left. koa-ratelimit 6.0.0 (npm), flask-limiter 4.1.1 with its moving window and fastapi-throttle
# 0.1.8 (PyPI) round down: a client that waits as it was told is refused once more, and told to wait 0 seconds, or not how long.
# quart-rate-limiter 0.12.1 (PyPI) sends the field twice, which RFC 9110, 5.3 forbids: clients see `4, 4`. express-rate-limit 8.7.5,
# @fastify/rate-limit 11.2.0, hono-rate-limiter 0.5.4 (npm) and slowapi 0.1.10 (PyPI) let the client in.
set -euo pipefail
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT; cd "$dir"
npm init -y >/dev/null
npm install --silent --no-fund --no-audit --ignore-scripts koa@3.3.0 koa-ratelimit@6.0.0 express@5.3.0 express-rate-limit@8.7.5 \
  fastify@5.12.8 @fastify/rate-limit@11.2.0 hono@4.13.19 hono-rate-limiter@0.5.4
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check httpx==0.28.1 asgiref==3.13.0 flask==3.1.3 flask-limiter==4.1.1 \
  fastapi==0.165.0 fastapi-throttle==0.1.8 slowapi==0.1.10 quart==0.22.0 quart-rate-limiter==0.12.1
cat > try.mjs <<'JS'
import { createServer } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import fastifyRateLimit from '@fastify/rate-limit';
import express from 'express';
import { rateLimit } from 'express-rate-limit';
import Fastify from 'fastify';
import { Hono } from 'hono';
import { rateLimiter } from 'hono-rate-limiter';
import Koa from 'koa';
import koaRateLimit from 'koa-ratelimit';

const MAX = 5;
const WINDOW = 4000;
async function served(handler) {
  const server = createServer(handler).listen(0, '127.0.0.1');
  await new Promise((listening) => server.once('listening', listening));
  return () => fetch(`http://127.0.0.1:${server.address().port}/`);
}
const servers = {
  'koa-ratelimit': () => {
    const app = new Koa();
    app.use(koaRateLimit({ driver: 'memory', db: new Map(), max: MAX, duration: WINDOW }));
    app.use((context) => (context.body = 'ok'));
    return served(app.callback());
  },
  'express-rate-limit': () =>
    served(express().use(rateLimit({ limit: MAX, windowMs: WINDOW }), (request, response) => response.send('ok'))),
  '@fastify/rate-limit': async () => {
    const app = Fastify();
    await app.register(fastifyRateLimit, { max: MAX, timeWindow: WINDOW });
    app.get('/', () => 'ok');
    return served((await app.ready()).routing);
  },
  'hono-rate-limiter': () => {
    const app = new Hono();
    app.use(rateLimiter({ limit: MAX, windowMs: WINDOW, keyGenerator: () => 'shopper' }));
    app.get('/', (context) => context.text('ok'));
    return () => app.request('/');
  },
};
const lines = Object.entries(servers).map(async ([name, start]) => {
  const get = await start();
  for (let n = 0; n < MAX; n++) await get();
  await sleep(500);
  await sleep((await get()).headers.get('retry-after') * 1000);
  return `${name}: ${(await get()).status === 200 ? 'let in' : 'refused again'}`;
});
console.log((await Promise.all(lines)).join('\n'));
process.exit();
JS
cat > try.py <<'PY'
import asyncio

import httpx
from asgiref.wsgi import WsgiToAsgi
from fastapi import Depends, FastAPI, Request
from fastapi_throttle import RateLimiter as Throttle
from flask import Flask
from flask_limiter import Limiter
from quart import Quart
from quart_rate_limiter import RateLimit, RateLimiter, timedelta
from slowapi import Limiter as SlowLimiter
from slowapi import _rate_limit_exceeded_handler
from slowapi.errors import RateLimitExceeded
from starlette.responses import PlainTextResponse

MAX, WINDOW = 5, 4
LIMIT = f'{MAX} per {WINDOW} seconds'


def flask():
    app = Flask('shop')
    Limiter(lambda: 'shopper', app=app, default_limits=[LIMIT], headers_enabled=True, strategy='moving-window')
    app.add_url_rule('/', 'home', lambda: 'ok')
    return WsgiToAsgi(app)


def throttle():
    app = FastAPI()
    app.get('/', dependencies=[Depends(Throttle(times=MAX, seconds=WINDOW))])(lambda: 'ok')
    return app


def slow():
    app = FastAPI()
    app.state.limiter = SlowLimiter(key_func=lambda request: 'shopper', headers_enabled=True)
    app.add_exception_handler(RateLimitExceeded, _rate_limit_exceeded_handler)

    @app.get('/')
    @app.state.limiter.limit(LIMIT)
    async def home(request: Request):
        return PlainTextResponse('ok')

    return app


def quart():
    app = Quart('shop')
    RateLimiter(app, default_limits=[RateLimit(1, timedelta(seconds=WINDOW))])

    @app.get('/')
    async def home():
        return 'ok'

    return app


async def line(name, app):
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url='http://shop') as client:
        for _ in range(MAX):
            await client.get('/')
        await asyncio.sleep(0.5)
        fields = (await client.get('/')).headers.get_list('retry-after')
        await asyncio.sleep(int(fields[0]))
        seen = 'let in' if (await client.get('/')).status_code == 200 else 'refused again'
        return f'{name}: {seen}' + (', field sent twice' if len(fields) == 2 else '')


async def main():
    apps = {'flask-limiter': flask(), 'fastapi-throttle': throttle(), 'slowapi': slow(), 'quart-rate-limiter': quart()}
    print(*await asyncio.gather(*(line(name, app) for name, app in apps.items())), sep='\n')


asyncio.run(main())
PY
{ node try.mjs; venv/bin/python -W ignore try.py; } | tee read
diff read - <<'TEXT'
koa-ratelimit: refused again
express-rate-limit: let in
@fastify/rate-limit: let in
hono-rate-limiter: let in
flask-limiter: refused again
fastapi-throttle: refused again
slowapi: let in
quart-rate-limiter: let in, field sent twice
TEXT
echo "as described: three of eight refuse a client that has waited as it was told"
