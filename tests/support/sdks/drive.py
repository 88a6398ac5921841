"""Does with the official Python SDK what lines of JSON say, and answers with lines of JSON.

`drive.py NAME stdio HOME PROGRAM ARGUMENTS` starts the server, `drive.py NAME http URL TOKEN_FILE` finds it there.
"""
import asyncio
import contextlib
import json
import sys

from mcp import ClientSession, StdioServerParameters
from mcp.client.stdio import stdio_client
from mcp.client.streamable_http import streamable_http_client
from mcp.shared._httpx_utils import create_mcp_http_client
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


@contextlib.asynccontextmanager
async def streams(way: str, *rest: str):
    if way == "stdio":
        home, program, *arguments = rest
        server = StdioServerParameters(command=program, args=arguments, env={"HOME": home})
        async with stdio_client(server) as both:
            yield both
    else:
        url, token = rest
        with open(token, encoding="ascii") as file:
            headers = {"Authorization": f"Bearer {file.read().strip()}"}
        async with create_mcp_http_client(headers=headers) as http, streamable_http_client(url, http_client=http) as both:
            yield both


async def main(name: str, *way: str) -> None:
    client = Implementation(name=name, version="1")
    async with streams(*way) as both, ClientSession(both[0], both[1], client_info=client) as session:
        begun = plain(await session.initialize())
        await session.list_tools()
        say({"server": begun["serverInfo"]["name"]})
        while line := await asyncio.to_thread(sys.stdin.readline):
            try:
                say(await answered(session, json.loads(line)))
            except Exception as error:
                say({"failed": f"{type(error).__name__}: {error}"})


asyncio.run(main(*sys.argv[1:]))
