#!/usr/bin/env node
// Serves a runtime of this project in the production profile (TLS, certificates of callers, tokens, signed packages,
// an audit log) and checks it for runtime-secure:
//   node conformance/bin/runtime-secure.mjs [--config more.json] [--single-use] [--without-access] [--only DH-SEC-030] [--out folder] [--json] -- node cli/bin/deephealth.mjs
// With --without-access the runtime asks nobody who they are, in the development profile: the suite must find that out.
// What comes after -- is the command line of `deephealth`, without its sub-command. Exit codes are those of the suite.
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { writeSecureSetup } from '../dist/index.js';

const BAD_USAGE = 4;
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    config: { type: 'string' },
    'single-use': { type: 'boolean' },
    'without-access': { type: 'boolean' },
    json: { type: 'boolean' },
    only: { type: 'string' },
    out: { type: 'string' },
  },
});
const [program, ...rest] = positionals;
if (program === undefined) {
  process.stderr.write('Give the command line of deephealth after --.\n');
  process.exit(BAD_USAGE);
}

const folder = mkdtempSync(join(tmpdir(), 'deephealth-secure-'));
try {
  const setup = writeSecureSetup(folder, {
    singleUse: values['single-use'] === true,
    withoutAccess: values['without-access'] === true,
    ...(values.config !== undefined && { config: JSON.parse(readFileSync(values.config, 'utf8')) }),
  });
  const httpPort = await freePort();
  const listen = ['--port', '0', '--http-port', String(httpPort), '--handshake'];
  const served = [program, ...rest, 'serve', '--config', setup.config, '--models', '{models}', ...listen];
  const asked = [
    ...['conformance', 'runtime', '--profile', 'runtime-secure', '--access', setup.access],
    ...['--sign-key', setup.signKey],
    ...['--tls-ca', setup.ca, '--tls-cert', setup.certificate, '--tls-key', setup.key, '--tls-name', setup.name],
    ...['--http-target', `https://127.0.0.1:${httpPort}`],
    ...(values.only === undefined ? [] : ['--only', values.only]),
    ...(values.out === undefined ? [] : ['--out', values.out]),
    ...(values.json === true ? ['--json'] : []),
  ];
  process.exitCode = await run([...rest, ...asked, '--', ...served]);
} finally {
  rmSync(folder, { recursive: true, force: true });
}

function run(words) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, words, { stdio: 'inherit' });
    for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal));
    child.once('error', reject);
    child.once('exit', (code) => resolve(code ?? 2));
  });
}

/** One that nobody listens on now: the suite must know it before the server has said anything. */
function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}
