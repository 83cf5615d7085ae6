// A shell in a folder of its own, in which the commands of one page are run one after the other.
import { spawn } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { lay } from './place.mjs';

const COMMAND_LIMIT_MS = 200_000;
const STOP_LIMIT_MS = 15_000;

/** Ports of the pages, by what `deephealth serve` says of the address that it got instead. */
const ADDRESSES = [
  { ports: [8500], pattern: /^Listening on ([\d.:]+);/m },
  { ports: [8080], pattern: /^HTTP on ([\d.:]+)/m },
  { ports: [8501, 8600], pattern: /^Contract face of the adapter on ([\d.:]+)/m },
  { ports: [8081, 18080], pattern: /^(?!Console).* on http:\/\/([\d.:]+)\//m },
];

/**
 * Opens one. `shared` are addresses of a server that runs already, by the ports of the pages. Its shell finds
 * `deephealth`, `npx deephealth` and `./my-runtime` in programs of this folder; the operator's own settings are not
 * there.
 */
export function openSession(root, { shared = {} } = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'deephealth-page-'));
  const hidden = mkdtempSync(join(tmpdir(), 'deephealth-page-programs-'));
  writePrograms(hidden, root);
  const shell = spawn('bash', ['--norc', '--noprofile'], {
    cwd: folder,
    stdio: ['pipe', 'ignore', 'ignore', 'pipe'],
    env: {
      ...withoutSettings(process.env),
      PATH: `${join(hidden, 'bin')}${delimiter}${process.env.PATH}`,
      DEEPHEALTH_DOCS_STAYING: hidden,
      NO_COLOR: '1',
    },
  });
  // A page that took too long has lost its shell; what it still writes goes nowhere.
  shell.stdin.on('error', () => undefined);
  const answers = createInterface({ input: shell.stdio[3] })[Symbol.asyncIterator]();
  const addresses = new Map(Object.entries(shared));
  const output = join(hidden, 'output');

  /** { status, output }: both streams together, as a terminal shows them. */
  async function run(command, { cases = '' } = {}) {
    const settings = [
      `export DEEPHEALTH_DOCS_CASES='${cases}'`,
      `export DEEPHEALTH_ADDRESS=${addresses.get('8500') ?? '127.0.0.1:1'}`,
    ];
    shell.stdin.write(
      `${settings.join('\n')}\n{ ${atAddresses(command)}\n} >'${output}' 2>&1 </dev/null; echo $? >&3\n`,
    );
    const limit = new AbortController();
    const overdue = delay(COMMAND_LIMIT_MS, { value: 'overdue' }, { signal: limit.signal }).catch(() => undefined);
    const answer = await Promise.race([answers.next(), overdue]);
    limit.abort();
    const printed = existsSync(output) ? readFileSync(output, 'utf8') : '';
    if (answer?.value === 'overdue') return { status: 'not ended in time', output: printed };
    for (const { ports, pattern } of ADDRESSES) {
      const [, address] = pattern.exec(printed) ?? [];
      for (const port of ports) if (address !== undefined) addresses.set(String(port), address);
    }
    return { status: Number(answer?.value ?? -1), output: printed };
  }

  /** A port that no server of the page has leads nowhere: another server of this machine might listen there. */
  const atAddresses = (text) =>
    text.replaceAll(/\b127\.0\.0\.1:(\d+)/g, (_, port) => addresses.get(port) ?? '127.0.0.1:1');

  /** Ends the shell and what the page has left running; removes both folders. */
  async function close() {
    shell.kill('SIGKILL');
    await stopStaying(hidden);
    for (const one of [folder, hidden]) rmSync(one, { recursive: true, force: true, maxRetries: 3 });
  }

  return { folder, run, atAddresses, lay: (options) => lay(root, folder, options), close };
}

/** Those of the operator, and of the tests. */
const withoutSettings = (env) =>
  Object.fromEntries(Object.entries(env).filter(([name]) => !name.startsWith('DEEPHEALTH_')));

function writePrograms(hidden, root) {
  const bin = join(hidden, 'bin');
  mkdirSync(bin);
  const write = (name, text) => writeFileSync(join(bin, name), `#!/bin/sh\n${text}\n`, { mode: 0o755 });
  const node = `exec '${process.execPath}'`;
  write('deephealth', `${node} '${join(root, 'scripts', 'docs', 'deephealth.mjs')}' "$@"`);
  write('npx', `[ "$1" = deephealth ] || { echo "npx $1 is not run here"; exit 127; }\nshift\nexec deephealth "$@"`);
  symlinkSync(process.execPath, join(bin, 'node'));
}

async function stopStaying(hidden) {
  const pids = readdirSync(hidden)
    .filter((name) => name.startsWith('process-'))
    .map((name) => Number(readFileSync(join(hidden, name, 'pid'), 'utf8')));
  for (const pid of pids) signal(pid, 'SIGTERM');
  const deadline = Date.now() + STOP_LIMIT_MS;
  // They are no children of this process, so that none of them tells it of its end.
  while (pids.some((pid) => signal(pid, 0)) && Date.now() < deadline) await delay(50);
  for (const pid of pids) signal(pid, 'SIGKILL');
}

function signal(pid, name) {
  try {
    return process.kill(pid, name);
  } catch {
    return false;
  }
}
