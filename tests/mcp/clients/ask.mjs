// Asks `rollgate mcp` by the official TypeScript SDK, reached as wire.mjs says. Prints one line of JSON.
import { reached } from './wire.mjs';

const { client } = await reached(process.argv.slice(2));
const tools = (await client.listTools()).tools;
const answers = {};
for (const [name, given] of [
  ['rollout_status', { name: 'api' }],
  ['argo_status', { name: 'api' }],
  ['list_rollouts', {}],
  ['rollout_history', { name: 'api' }],
  ['describe_rollout', { name: 'api' }],
  ['list_experiments', {}],
  ['list_analysis_runs', {}],
  ['timeline', { rollout: 'api' }],
  ['ledger_query', {}],
  ['health', {}],
  ['rollout_gates', { name: 'api' }],
]) {
  // The client holds what is structured to the schema that the tool promised.
  const result = await client.callTool({ name, arguments: given });
  answers[name] = { error: result.isError ?? false, told: result.structuredContent };
}
const refused = await client.callTool({ name: 'rollout_status', arguments: { name: 'nobody' } });
const resources = (await client.listResources()).resources;
const prompts = (await client.listPrompts()).prompts;
console.log(JSON.stringify({
  server: client.getServerVersion().name,
  tools: tools.map((tool) => tool.name),
  answers,
  refused: refused.isError,
  resources: resources.map((resource) => resource.uri),
  prompts: prompts.map((prompt) => prompt.name),
}));
await client.close();
