// Does with the official TypeScript SDK what lines of JSON say, and answers with lines of JSON: `drive.mjs NAME stdio HOME PROGRAM ARGUMENTS`
// starts the server, `drive.mjs NAME http URL TOKEN_FILE` finds it there.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';
import { pathToFileURL } from 'node:url';

const [name, way, ...rest] = process.argv.slice(2);
// The SDK stands in the folder from which this is run, not beside this file.
const require = createRequire(`${process.cwd()}/package.json`);
const load = (file) => import(pathToFileURL(require.resolve(`@modelcontextprotocol/sdk/${file}`)).href);
const { Client } = await load('client/index.js');

async function transport() {
  if (way === 'stdio') {
    const { StdioClientTransport } = await load('client/stdio.js');
    const [home, command, ...args] = rest;
    return new StdioClientTransport({ command, args, env: { HOME: home } });
  }
  const { StreamableHTTPClientTransport } = await load('client/streamableHttp.js');
  const [url, token] = rest;
  const headers = { Authorization: `Bearer ${readFileSync(token, 'ascii').trim()}` };
  return new StreamableHTTPClientTransport(new URL(url), { requestInit: { headers } });
}

const client = new Client({ name, version: '1' });
await client.connect(await transport());
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
