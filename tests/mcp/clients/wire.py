"""Reaches `rollgate mcp` by the official Python SDK: `stdio PROGRAM KUBECONFIG HOME`, or `http URL TOKEN_FILE`."""
import contextlib

from mcp import ClientSession, StdioServerParameters
from mcp.client.stdio import stdio_client
from mcp.client.streamable_http import streamable_http_client
from mcp.shared._httpx_utils import create_mcp_http_client


@contextlib.asynccontextmanager
async def reached(way: str, *rest: str, ids: list | None = None, **more):
    async with contextlib.AsyncExitStack() as stack:
        if way == "stdio":
            program, kubeconfig, home = rest
            arguments = ["--kubeconfig", kubeconfig, "--ledger", f"{home}/ledger", "mcp", "-n", "shop"]
            server = StdioServerParameters(command=program, args=arguments, env={"HOME": home})
            streams = await stack.enter_async_context(stdio_client(server))
        else:
            url, token = rest
            with open(token, encoding="ascii") as file:
                headers = {"Authorization": f"Bearer {file.read().strip()}"}
            client = await stack.enter_async_context(create_mcp_http_client(headers=headers))

            async def noted(response) -> None:
                if ids is not None and "mcp-session-id" in response.headers:
                    ids.append(response.headers["mcp-session-id"])

            client.event_hooks["response"].append(noted)
            streams = await stack.enter_async_context(streamable_http_client(url, http_client=client))
        yield await stack.enter_async_context(ClientSession(streams[0], streams[1], **more))
