// Asks `rollgate mcp --http` by the official TypeScript SDK before and after its session has ended, and goes on in a new one.
// Says each step as a line of JSON; before it asks again it waits for a line on standard input.
import { once } from 'node:events';
import { reached } from './wire.mjs';

const way = process.argv.slice(2);
const say = (step) => console.log(JSON.stringify(step));
const asked = (client) => client.callTool({ name: 'rollout_status', arguments: { name: 'api' } })
  .then((result) => ({ told: result.structuredContent.rollout.name }), (error) => ({ failed: error.message }));

const { client, session } = await reached(way);
say({ ...await asked(client), session: session() });
await once(process.stdin, 'data');
say(await asked(client));
// What goes on is another client; the one whose session is over is closed without a word.
const again = await reached(way);
say({ ...await asked(again.client), session: again.session() });
await again.end();
await again.client.close();
await client.close();
process.exit(0);
