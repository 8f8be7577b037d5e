"""python verify.py SECRET ID TIMESTAMP SIGNATURES < body: genuine or refused, by the library of PyPI."""

import sys

from standardwebhooks.webhooks import Webhook, WebhookVerificationError

secret, *values = sys.argv[1:]
headers = dict(zip(("webhook-id", "webhook-timestamp", "webhook-signature"), values))
try:
    Webhook(secret).verify(sys.stdin.buffer.read(), headers)
    print("genuine")
except WebhookVerificationError:
    print("refused")
