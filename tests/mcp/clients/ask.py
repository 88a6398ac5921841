"""Asks `rollgate mcp` by the official Python SDK, reached as wire.py says. Prints one line of JSON."""
import asyncio
import json
import sys

from wire import reached


async def main(*way: str) -> None:
    async with reached(*way) as session:
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
            ("rollout_gates", {"name": "api"}),
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
