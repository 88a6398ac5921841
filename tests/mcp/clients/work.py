"""Works with `rollgate mcp` by the official Python SDK, reached as wire.py says; says each step as a line of JSON.

It proposes, follows a Rollout, waits for a change with progress, cancels a wait, and reads what a person decided. Before
the last it waits for a line on standard input.
"""
import asyncio
import json
import sys

import anyio
from wire import reached

URI = "rollgate://rollouts/shop/api"


def say(**step) -> None:
    print(json.dumps(step), flush=True)


async def told(session, name: str, arguments: dict, **more) -> dict:
    result = (await session.call_tool(name, arguments, **more)).model_dump(mode="json", by_alias=True)
    return result.get("structuredContent") or {"error": result["content"][0]["text"]}


async def main(*way: str) -> None:
    updated = asyncio.Event()

    async def heard(message) -> None:
        whole = message.model_dump(mode="json", by_alias=True) if hasattr(message, "model_dump") else {}
        if whole.get("method") == "notifications/resources/updated" and str(whole["params"]["uri"]) == URI:
            updated.set()

    async with reached(*way, message_handler=heard) as session:
        await session.initialize()
        await told(session, "rollout_status", {"name": "api", "wait_seconds": 30})
        promote = await told(session, "propose_promote", {"name": "api", "to_weight": 50, "reason": "errors are flat"})
        terminate = await told(
            session,
            "propose_terminate",
            {"name": "api", "kind": "AnalysisRun", "run": "background", "reason": "it measures the wrong service"},
        )
        say(proposed=promote, ended=terminate)
        await session.subscribe_resource(URI)
        say(subscribed=True)
        await asyncio.wait_for(updated.wait(), 60)
        await session.unsubscribe_resource(URI)
        say(updated=True)
        first = asyncio.Event()

        async def progress(done: float, total: float | None, message: str | None) -> None:
            if not first.is_set():
                first.set()
                say(progress=total, message=message)

        wait = {"name": "api", "wait_seconds": 60, "wait_for": "change"}
        waited = await told(session, "rollout_status", wait, progress_callback=progress)
        say(waited=waited["waited"]["ended_by"])
        with anyio.move_on_after(1) as scope:
            await told(session, "rollout_status", wait)
        say(cancelled=scope.cancelled_caught)
        listed = await told(session, "list_proposals", {})
        say(listed=[proposal["order"] for proposal in listed["proposals"]])
        await asyncio.to_thread(sys.stdin.readline)
        outcome = await told(session, "proposal_outcome", {"proposal_id": promote["proposal"]["id"]})
        say(outcome=outcome["proposal"])


asyncio.run(main(*sys.argv[1:]))
