"""Asks `rollgate mcp` by the official Python SDK: ask.py PROGRAM KUBECONFIG HOME. Prints one line of JSON."""
import asyncio
import json
import sys

from mcp import ClientSession, StdioServerParameters
from mcp.client.stdio import stdio_client


async def main(program: str, kubeconfig: str, home: str) -> None:
    arguments = ["--kubeconfig", kubeconfig, "--ledger", f"{home}/ledger", "mcp", "-n", "shop"]
    server = StdioServerParameters(command=program, args=arguments, env={"HOME": home})
    async with stdio_client(server) as (read, write), ClientSession(read, write) as session:
        begun = await session.initialize()
        tools = (await session.list_tools()).tools
        answers = {}
        for name, arguments in [
            ("rollout_status", {"name": "api"}),
            ("argo_status", {"name": "api"}),
            ("list_rollouts", {}),
            ("rollout_history", {"name": "api"}),
            ("describe_rollout", {"name": "api"}),
            ("list_experiments", {}),
            ("list_analysis_runs", {}),
            ("timeline", {"rollout": "api"}),
            ("ledger_query", {}),
            ("health", {}),
        ]:
            # The session holds what is structured to the schema that the tool promised.
            result = await session.call_tool(name, arguments)
            whole = result.model_dump(mode="json", by_alias=True)
            answers[name] = {"error": whole.get("isError"), "told": whole.get("structuredContent")}
        refused = (await session.call_tool("rollout_status", {"name": "nobody"})).model_dump(mode="json", by_alias=True)
        resources = (await session.list_resources()).resources
        prompts = (await session.list_prompts()).prompts
        told = {
            "server": begun.model_dump(mode="json", by_alias=True)["serverInfo"]["name"],
            "tools": [tool.name for tool in tools],
            "answers": answers,
            "refused": refused["isError"],
            "resources": [str(resource.uri) for resource in resources],
            "prompts": [prompt.name for prompt in prompts],
        }
        print(json.dumps(told))


asyncio.run(main(*sys.argv[1:]))
