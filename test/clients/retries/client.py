"""python client.py URL TOKEN: one GET with what urllib3's Retry does about refusals by default; prints the status."""

import sys

import urllib3

url, token = sys.argv[1:]
pool = urllib3.PoolManager(retries=urllib3.Retry(3))
print(pool.request("GET", url, headers={"authorization": f"Bearer {token}"}).status)
