#!/usr/bin/env bash
# Three middlewares for the Idempotency-Key header (draft-ietf-httpapi-idempotency-key-header) in front of a handler that takes a unit and
# answers 202 with a Location, keys kept in Redis. express-idempotency 1.0.6 with its express-idempotency-redis-adapter 1.0.8 (npm) looks
# a key up first and stores it later: of ten requests with one key that come together, all ten take a unit. The RedisBackend of
# fastapi-idempotency-key 0.1.1 (PyPI, "Stripe-grade") never repeats an answer: each retry is a 422, a key used for another
# request. asgi-idempotency-header 0.2.0 (PyPI) repeats the answer without its Location, and once that has expired says that
# the request is still running, for good. fastapi-idempotency 0.1.1 (PyPI, in memory) does as the draft says.
set -euo pipefail
. "$(dirname "$0")/lib/servers.sh"
npm init -y >/dev/null
npm install --silent --no-fund --no-audit --ignore-scripts express@5.3.0 express-idempotency@1.0.6 express-idempotency-redis-adapter@1.0.8
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check starlette==1.10.0 fastapi==0.165.0 httpx==0.28.1 redis==8.1.0 \
  asgi-idempotency-header==0.2.0 fastapi-idempotency==0.1.1 fastapi-idempotency-key==0.1.1
install_redis
start_redis

cat > try.cjs <<'JS'
const { execFileSync } = require('node:child_process');
const express = require('express');
const { getSharedIdempotencyService, idempotency } = require('express-idempotency');
const { default: Adapter } = require('express-idempotency-redis-adapter');
(async () => {
  const dataAdapter = new Adapter({ connectionConfig: { url: `redis://127.0.0.1:${process.argv[2]}` } });
  await dataAdapter.connect();
  let units = 0;
  const app = express();
  app.post('/claims', idempotency({ dataAdapter }), (request, response) => {
    if (!getSharedIdempotencyService().isHit(request)) response.status(202).location(`/claims/${++units}`).send({});
  });
  const server = app.listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const claim = () =>
    fetch(`http://127.0.0.1:${server.address().port}/claims`, { method: 'POST', headers: { 'idempotency-key': 'one' } });
  // The server of the keys is busy for a moment, as it is when many come at once.
  execFileSync('redis-cli', ['-p', process.argv[2], 'client', 'pause', '1500']);
  await Promise.all(Array.from({ length: 10 }, claim));
  console.log(`express-idempotency: ten requests with one key took ${units} units`);
  process.exit();
})();
JS
cat > try.py <<'PY'
import asyncio
import sys

import httpx
from fastapi_idempotency import IdempotencyMiddleware as InMemory
from fastapi_idempotency_key import IdempotencyMiddleware, RedisBackend
from idempotency_header_middleware import IdempotencyHeaderMiddleware
from idempotency_header_middleware.backends import RedisBackend as HeaderBackend
from redis.asyncio import Redis
from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Route


def application():
    taken = []

    async def claim(_request):
        taken.append(1)
        return JSONResponse({'unit': len(taken)}, 202, headers={'location': f'/claims/{len(taken)}'})

    return Starlette(routes=[Route('/claims', claim, methods=['POST'])])


async def main():
    redis = Redis(port=int(sys.argv[1]))
    middlewares = {
        'asgi-idempotency-header': IdempotencyHeaderMiddleware(application(), backend=HeaderBackend(redis, expiry=1)),
        'fastapi-idempotency-key': IdempotencyMiddleware(application(), backend=RedisBackend(redis), default_ttl=1),
        'fastapi-idempotency': InMemory(application()),
    }
    for name, middleware in middlewares.items():
        async with httpx.AsyncClient(transport=httpx.ASGITransport(middleware), base_url='http://example.com') as client:
            async def claim():
                answer = await client.post('/claims', headers={'idempotency-key': f'of {name}'})
                return f"{answer.status_code} {answer.headers.get('location', 'without Location')}"

            said = f'{name}: {await claim()}, again {await claim()}'
            if name == 'asgi-idempotency-header':
                while await redis.exists(*[key async for key in redis.scan_iter('idempotency-key-responses*')] or ['none']):
                    await asyncio.sleep(0.2)
                said += f', expired {await claim()}'
            print(said)
    await redis.aclose()


asyncio.run(main())
PY
{ timeout 60 node try.cjs "$redis_port"; timeout 60 venv/bin/python try.py "$redis_port"; } | tee read
diff read - <<'TEXT'
express-idempotency: ten requests with one key took 10 units
asgi-idempotency-header: 202 /claims/1, again 202 without Location, expired 409 without Location
fastapi-idempotency-key: 202 /claims/1, again 422 without Location
fastapi-idempotency: 202 /claims/1, again 202 /claims/1
TEXT
echo "as described: one middleware lets a key through ten times, one refuses each retry, one says for good that a request is running"
