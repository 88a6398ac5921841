// Asks `rollgate mcp` by the official TypeScript SDK: ask.mjs PROGRAM KUBECONFIG HOME. Prints one line of JSON.
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

const [program, kubeconfig, home] = process.argv.slice(2);
// The SDK stands in the folder from which this is run, not beside this file.
const require = createRequire(`${process.cwd()}/package.json`);
const load = (name) => import(pathToFileURL(require.resolve(`@modelcontextprotocol/sdk/${name}`)).href);
const { Client } = await load('client/index.js');
const { StdioClientTransport } = await load('client/stdio.js');

const client = new Client({ name: 'rollgate-test', version: '1' });
const args = ['--kubeconfig', kubeconfig, '--ledger', `${home}/ledger`, 'mcp', '-n', 'shop'];
await client.connect(new StdioClientTransport({ command: program, args, env: { HOME: home } }));
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
