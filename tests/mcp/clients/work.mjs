// Works with `rollgate mcp` by the official TypeScript SDK, reached as wire.mjs says; says each step as a line of JSON.
//
// It proposes, follows a Rollout, waits for a change with progress, cancels a wait, and reads what a person decided. Before
// the last it waits for a line on standard input.
import { once } from 'node:events';
import { load, reached } from './wire.mjs';

const { ResourceUpdatedNotificationSchema } = await load('types.js');
const URI = 'rollgate://rollouts/shop/api';
const say = (step) => console.log(JSON.stringify(step));
const { client, end } = await reached(process.argv.slice(2));
const told = async (name, args, options) => {
  const result = await client.callTool({ name, arguments: args }, undefined, options);
  return result.structuredContent ?? { error: result.content[0].text };
};

await told('rollout_status', { name: 'api', wait_seconds: 30 });
const proposed = await told('propose_promote', { name: 'api', to_weight: 50, reason: 'errors are flat' });
const run = { name: 'api', kind: 'AnalysisRun', run: 'background', reason: 'it measures the wrong service' };
say({ proposed, ended: await told('propose_terminate', run) });

let heard;
const updated = new Promise((resolve) => { heard = resolve; });
client.setNotificationHandler(ResourceUpdatedNotificationSchema, ({ params }) => { if (params.uri === URI) heard(); });
await client.subscribeResource({ uri: URI });
say({ subscribed: true });
await updated;
await client.unsubscribeResource({ uri: URI });
say({ updated: true });

let first = true;
const onprogress = ({ total, message }) => {
  if (first) say({ progress: total, message });
  first = false;
};
const wait = { name: 'api', wait_seconds: 60, wait_for: 'change' };
say({ waited: (await told('rollout_status', wait, { onprogress })).waited.ended_by });
const abort = new AbortController();
setTimeout(() => abort.abort('no longer wanted'), 1000);
const cancelled = await told('rollout_status', wait, { signal: abort.signal }).then(() => false, () => true);
say({ cancelled });
say({ listed: (await told('list_proposals', {})).proposals.map((proposal) => proposal.order) });
await once(process.stdin, 'data');
say({ outcome: (await told('proposal_outcome', { proposal_id: proposed.proposal.id })).proposal });
await end?.();
await client.close();
process.exit(0);
