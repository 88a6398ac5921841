// Does with the official TypeScript SDK what lines of JSON say: drive.mjs NAME HOME PROGRAM ARGUMENTS. Answers with lines of JSON.
import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';
import { pathToFileURL } from 'node:url';

const [name, home, command, ...args] = process.argv.slice(2);
// The SDK stands in the folder from which this is run, not beside this file.
const require = createRequire(`${process.cwd()}/package.json`);
const load = (file) => import(pathToFileURL(require.resolve(`@modelcontextprotocol/sdk/${file}`)).href);
const { Client } = await load('client/index.js');
const { StdioClientTransport } = await load('client/stdio.js');

const client = new Client({ name, version: '1' });
await client.connect(new StdioClientTransport({ command, args, env: { HOME: home } }));
await client.listTools();
const say = (told) => console.log(JSON.stringify(told));

const answered = async (asked) => {
  if (asked.list === 'tools') return { tools: (await client.listTools()).tools };
  // The client holds what is structured to the schema that the tool promised.
  const result = await client.callTool({ name: asked.call, arguments: asked.arguments }, undefined, { timeout: 90_000 });
  return { refused: result.isError ?? false, told: result.structuredContent, words: result.content?.[0]?.text };
};

say({ server: client.getServerVersion().name });
for await (const line of createInterface({ input: process.stdin })) {
  say(await answered(JSON.parse(line)).catch((error) => ({ failed: `${error.name}: ${error.message}` })));
}
await client.close();
