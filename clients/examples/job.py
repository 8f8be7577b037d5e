#!/usr/bin/env python3
"""The whole job with the standard library alone: API=http://127.0.0.1:3000 python3 clients/examples/job.py

`job.py verify SECRET ID TIMESTAMP SIGNATURES < body` verifies one webhook: genuine or refused.

The installation must be able to reach this machine: WEBHOOK_PRIVATE_ADDRESSES=allowed for a local one.
"""

import base64
import hashlib
import hmac
import json
import os
import queue
import sys
import threading
import time
import urllib.error
import urllib.request
import uuid
from datetime import datetime, timedelta, timezone
from http.server import BaseHTTPRequestHandler, HTTPServer

API = os.environ.get("API", "http://127.0.0.1:3000")
ATTEMPTS = 5


def call(method, path, token=None, body=None):
    """One call; busy servers are asked again after Retry-After, with the same Idempotency-Key."""
    headers = {"accept": "application/json", "idempotency-key": str(uuid.uuid4())}
    if token:
        headers["authorization"] = f"Bearer {token}"
    data = None
    if body is not None:
        headers["content-type"] = "application/json"
        data = json.dumps(body).encode()
    for attempt in range(1, ATTEMPTS + 1):
        request = urllib.request.Request(API + path, data=data, headers=headers, method=method)
        try:
            with urllib.request.urlopen(request, timeout=15) as answer:
                return json.loads(answer.read() or "null")
        except urllib.error.HTTPError as refusal:
            if refusal.code not in (429, 503) or attempt == ATTEMPTS:
                raise RuntimeError(refusal.read().decode()) from refusal
            time.sleep(float(refusal.headers.get("retry-after", "1")))


def verify(secret, headers, body):
    """Standard Webhooks: HMAC-SHA256 of id, time and body; older than five minutes is refused."""
    if abs(time.time() - int(headers["webhook-timestamp"])) > 300:
        raise ValueError("the message is too old")
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    wanted = "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    if not any(hmac.compare_digest(wanted, one) for one in headers["webhook-signature"].split(" ")):
        raise ValueError("no signature fits")
    return json.loads(body)


def verify_one(secret, identity, timestamp, signatures):
    headers = {"webhook-id": identity, "webhook-timestamp": timestamp, "webhook-signature": signatures}
    try:
        verify(secret, headers, sys.stdin.buffer.read())
        print("genuine")
    except ValueError:
        print("refused")


if sys.argv[1:2] == ["verify"]:
    sys.exit(verify_one(*sys.argv[2:]))


def person(name):
    return {
        "email": f"{name}-{uuid.uuid4()}@example.com",
        "password": "correct horse battery staple",
        "name": name,
    }


received = queue.Queue()


class Receiver(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        received.put((self.headers, body))
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_):
        pass


server = HTTPServer(("127.0.0.1", 0), Receiver)
threading.Thread(target=server.serve_forever, daemon=True).start()

# A merchant publishes a voucher, and wants to hear of redemptions.
merchant = call(
    "POST", "/v1/merchants", body={"name": "Tea House", "time_zone": "Asia/Shanghai", "owner": person("chen")}
)["session"]["access_token"]
url = f"http://127.0.0.1:{server.server_port}/"
webhook = call("POST", "/v1/webhooks", merchant, {"url": url, "events": ["claim.redeemed"]})
now = datetime.now(timezone.utc)
terms = {
    "title": "Half price oolong",
    "total_stock": 100,
    "opens_at": (now - timedelta(minutes=1)).isoformat(),
    "closes_at": (now + timedelta(hours=1)).isoformat(),
}
voucher = call("POST", "/v1/vouchers", merchant, terms)["id"]
call("POST", f"/v1/vouchers/{voucher}/publish", merchant)

# A shopper claims, and waits for the code.
shopper = call("POST", "/v1/auth/register", body=person("lin"))["access_token"]
claim = call("POST", f"/v1/vouchers/{voucher}/claims", shopper)
while claim["status"] == "pending":
    time.sleep(0.2)
    claim = call("GET", f"/v1/claims/{claim['id']}", shopper)
print("claim", claim["status"])

# The merchant redeems it, and is told so.
call("POST", "/v1/redemptions", merchant, {"code": claim["code"]})
event = verify(webhook["secret"], *received.get(timeout=60))
print("webhook", event["type"], "of", "the claim" if event["data"]["id"] == claim["id"] else "another claim")
