"""Asks `rollgate mcp --http` by the official Python SDK before and after its session has ended, and goes on in a new one.

Says each step as a line of JSON; before it asks again it waits for a line on standard input.
"""
import asyncio
import json
import sys

from wire import reached


def say(**step) -> None:
    print(json.dumps(step), flush=True)


async def asked(session) -> dict:
    try:
        result = await session.call_tool("rollout_status", {"name": "api"})
    except Exception as error:
        return {"failed": str(error)}
    return {"told": result.model_dump(mode="json", by_alias=True)["structuredContent"]["rollout"]["name"]}


async def main(*way: str) -> None:
    ids = []
    async with reached(*way, ids=ids) as session:
        await session.initialize()
        say(**await asked(session), session=ids[-1])
        await asyncio.to_thread(sys.stdin.readline)
        say(**await asked(session))
        # What goes on is another session beside the one that is over.
        async with reached(*way, ids=ids) as new:
            await new.initialize()
            say(**await asked(new), session=ids[-1])


asyncio.run(main(*sys.argv[1:]))
