"""python3 claims.py URL BODY TOKEN...: one claim with each token by aiohttp, prints the status of each."""
import asyncio
import sys

import aiohttp


async def main(url: str, body: str, *tokens: str) -> None:
    async with aiohttp.ClientSession() as session:
        for token in tokens:
            headers = {"Authorization": "Bearer " + token}
            if body:
                headers["Content-Type"] = "application/json"
            async with session.post(url, data=body or None, headers=headers) as answer:
                await answer.read()
                print(answer.status)


asyncio.run(main(*sys.argv[1:]))
