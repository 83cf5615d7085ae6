// Both HTTP faces of the chain server, over runs that do what the checks say, driven by clients of the standards.
import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { json } from 'node:stream/consumers';
import { startChainServer } from '@deephealth/adapter-piaf';
import { createRunServiceDouble, describeServedChain, servedChain } from '@deephealth/adapter-piaf/testing';
import { pythonEnvironment } from './python-peer.mjs';
import { runProcess } from './run-process.mjs';

const LIMIT_MS = 150_000;

export async function runChainFacesChecks(venvPython, { root, name, scratch }, report, more = []) {
  const service = createRunServiceDouble({ chains: [servedChain(), servedChain('hand')] });
  const roots = [{ name: 'archive', folder: join(tmpdir(), 'archive-of-nobody') }];
  const server = await startChainServer({ service, describeChain: describeServedChain, roots });
  const control = await controlOf(service);
  try {
    const args = ['--url', server.url, '--control', control.url, ...more];
    report.add(await runFacesClient(venvPython, { root, name, scratch }, args));
  } finally {
    control.close();
    await server.close();
  }
}

/** The checks by themselves, against any server; what they counted. */
export async function runFacesClient(venvPython, { root, name, scratch }, args) {
  const folder = join(scratch, name);
  mkdirSync(folder, { recursive: true });
  const { code, stdout } = await runProcess(venvPython, [join(root, 'interop', name, 'run_checks.py'), ...args], {
    ...{ limitMs: LIMIT_MS, showStderr: true, cwd: folder, env: pythonEnvironment(root, name) },
  });
  const last = stdout.trim().split('\n').at(-1);
  if (!last?.startsWith('{')) throw new Error(`its checks ended with ${code} before they had all run.`);
  return JSON.parse(last);
}

/** Where the checks say what becomes of a run. */
async function controlOf(service) {
  const server = createServer(async (request, response) => {
    const [, verb, run] = request.url.split('/');
    service[verb === 'complete' ? 'complete' : 'change'](run, await json(request));
    response.end();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { url: `http://127.0.0.1:${server.address().port}`, close: () => server.close() };
}
