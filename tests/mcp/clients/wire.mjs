// Reaches `rollgate mcp` by the official TypeScript SDK: `stdio PROGRAM KUBECONFIG HOME`, or `http URL TOKEN_FILE`.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

// The SDK stands in the folder from which this is run, not beside this file.
const require = createRequire(`${process.cwd()}/package.json`);
export const load = (name) => import(pathToFileURL(require.resolve(`@modelcontextprotocol/sdk/${name}`)).href);

export async function reached([way, ...rest]) {
  const { Client } = await load('client/index.js');
  const client = new Client({ name: 'rollgate-test', version: '1' });
  if (way === 'stdio') {
    const { StdioClientTransport } = await load('client/stdio.js');
    const [program, kubeconfig, home] = rest;
    const args = ['--kubeconfig', kubeconfig, '--ledger', `${home}/ledger`, 'mcp', '-n', 'shop'];
    await client.connect(new StdioClientTransport({ command: program, args, env: { HOME: home } }));
    return { client };
  }
  const { StreamableHTTPClientTransport } = await load('client/streamableHttp.js');
  const [url, token] = rest;
  const headers = { Authorization: `Bearer ${readFileSync(token, 'ascii').trim()}` };
  const transport = new StreamableHTTPClientTransport(new URL(url), { requestInit: { headers } });
  await client.connect(transport);
  // Only over HTTP is there a session to end.
  return { client, end: () => transport.terminateSession(), session: () => transport.sessionId };
}
