"""Does with the official Python SDK what lines of JSON say: drive.py NAME HOME PROGRAM ARGUMENTS. Answers with lines of JSON."""
import asyncio
import json
import sys

from mcp import ClientSession, StdioServerParameters
from mcp.client.stdio import stdio_client
from mcp.types import Implementation


def say(told: dict) -> None:
    print(json.dumps(told), flush=True)


def plain(model) -> dict:
    return model.model_dump(mode="json", by_alias=True)


async def answered(session: ClientSession, asked: dict) -> dict:
    if asked.get("list") == "tools":
        return {"tools": [plain(tool) for tool in (await session.list_tools()).tools]}
    # The session holds what is structured to the schema that the tool promised.
    result = plain(await session.call_tool(asked["call"], asked.get("arguments")))
    words = next((part.get("text") for part in result.get("content") or []), None)
    return {"refused": result.get("isError") or False, "told": result.get("structuredContent"), "words": words}


async def main(name: str, home: str, program: str, *arguments: str) -> None:
    server = StdioServerParameters(command=program, args=list(arguments), env={"HOME": home})
    client = Implementation(name=name, version="1")
    async with stdio_client(server) as (read, write), ClientSession(read, write, client_info=client) as session:
        begun = plain(await session.initialize())
        await session.list_tools()
        say({"server": begun["serverInfo"]["name"]})
        while line := await asyncio.to_thread(sys.stdin.readline):
            try:
                say(await answered(session, json.loads(line)))
            except Exception as error:
                say({"failed": f"{type(error).__name__}: {error}"})


asyncio.run(main(*sys.argv[1:]))
