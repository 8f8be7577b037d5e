"""python follow.py URL: follows a claim with PyPI's sseclient until it has ended. TOKEN is in the environment."""

import json
import os
import sys
import time

import requests
from sseclient import SSEClient

session = requests.Session()
session.headers["Authorization"] = "Bearer " + os.environ["TOKEN"]


def left(response, *_args, **_kwargs):
    """It knows no 204, and would come again for ever."""
    if response.status_code == 204:
        print("closed", flush=True)
        sys.exit()


session.hooks["response"].append(left)
last_id, retry = None, 3000
while True:
    try:
        # It comes again where a stream ends, but not where nobody answers.
        events = SSEClient(sys.argv[1], last_id=last_id, retry=retry, session=session)
        for event in events:
            last_id, retry = events.last_id, events.retry
            if event.event == "claim":
                print(json.loads(event.data)["status"], flush=True)
    except requests.ConnectionError:
        time.sleep(retry / 1000)
