import { mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeCertificate } from '@deephealth/sdk/testing';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { loadCases } from '../src/cases/load-cases.js';
import { SUITE_MODELS } from '../src/models/catalogue.js';
import { type WrittenModel, writeModels } from '../src/models/write-models.js';
import { ReferenceRuntime } from '../src/reference/reference-runtime.js';
import { type RunningServer, serveReference } from '../src/reference/serve-reference.js';
import { verdictOf } from '../src/report/verdict.js';
import { describeTarget } from '../src/run/describe-target.js';
import { runSuiteToEnd, type SuiteOptions } from '../src/run/run-suite.js';
import { launchTarget } from '../src/targets/launched-target.js';
import { CONNECTIONS, endlessHeaders, type Hostile, honest, type Tamper, tampering } from './hostile-servers.js';

const cases = loadCases();
const store = mkdtempSync(join(tmpdir(), 'deephealth-conformance-'));
let models: WrittenModel[];
let reference: RunningServer;
const opened: { stop(): void }[] = [];

beforeAll(async () => {
  models = writeModels(store);
  reference = await serveReference(new ReferenceRuntime(models));
});
afterEach(() => {
  for (const one of opened.splice(0)) one.stop();
});
afterAll(() => {
  reference.stop();
  rmSync(store, { recursive: true, force: true });
});

async function open(start: Promise<Hostile>): Promise<string> {
  const hostile = await start;
  opened.push(hostile);
  return hostile.address;
}

const describeAt = async (address: string) => {
  const reached = await describeTarget(
    { address },
    SUITE_MODELS.map(({ name }) => name),
  );
  return 'problem' in reached ? reached.problem : reached;
};

const run = (address: string, options: Partial<SuiteOptions> = {}) =>
  runSuiteToEnd({
    ...{ cases, models, target: { address }, profile: 'standard', features: new Set(['predict-stream']) },
    profiles: ['runtime-core', 'runtime-streaming'],
    ...options,
  });

describe('a target that is not reached is no verdict, and its cause is said', () => {
  it.each([
    ['accepts and says nothing', /says nothing within 5000 ms: an HTTP\/2 server sends SETTINGS at once/],
    ['closes at once', /closes the connection at once/],
    ['answers garbage', /no HTTP\/2: "SSH-2\.0/],
    ['speaks HTTP/1', /speaks HTTP\/1/],
    ['needs TLS', /needs TLS: give --tls-ca/],
  ])('where it %s', async (what, cause) => {
    const start = CONNECTIONS[what];
    if (start === undefined) throw new RangeError(what);
    expect(await describeAt(await open(start()))).toMatch(cause);
  });

  it('where nothing listens, or the address is none', async () => {
    const address = await open(CONNECTIONS['closes at once']?.() as Promise<Hostile>);
    for (const one of opened.splice(0)) one.stop();
    expect(await describeAt(address)).toMatch(/connection refused/);
    expect(await describeAt('nowhere')).toMatch(/is no address/);
  });

  it('where it does not speak the TLS that it is asked in', async () => {
    const { certificate } = makeCertificate({ name: 'localhost', hosts: ['localhost'] });
    const reached = await describeTarget({ address: reference.address, tls: { ca: certificate } }, []);
    expect(reached).toMatchObject({ at: 'connection', problem: expect.stringMatching(/does not speak TLS/) });
  });

  it('where headers never end', async () => {
    expect(await describeAt(await open(endlessHeaders()))).toMatch(/GetServerInfo|cannot use/);
  });

  it('where answers come byte by byte', async () => {
    const slowly: Tamper = (stream, { headers, body }) => {
      stream.respond(headers as never);
      let at = 0;
      const timer = setInterval(() => {
        if (stream.destroyed || at >= body.byteLength) clearInterval(timer);
        else stream.write(body.subarray(at, ++at));
      }, 200);
      stream.on('close', () => clearInterval(timer));
    };
    expect(await describeAt(await open(tampering(reference.address, slowly)))).toMatch(
      /longer than 5000 ms to say who/,
    );
  });

  it.each([
    ['messages without end', () => Buffer.concat([Buffer.from([0, 0, 0, 0, 0]), Buffer.alloc(0)])],
    ['one message of a gibibyte', () => Buffer.concat([Buffer.from([0, 0x40, 0, 0, 0]), Buffer.alloc(65_536)])],
  ])('where it floods with %s', async (_, part) => {
    const flooding: Tamper = (stream, { headers }) => {
      stream.respond(headers as never);
      const bytes = part();
      const pour = () => {
        for (let count = 0; count < 1000 && !stream.destroyed; count++) if (!stream.write(bytes)) return;
      };
      stream.on('drain', pour);
      pour();
    };
    const before = process.memoryUsage().rss;
    expect(await describeAt(await open(tampering(reference.address, flooding)))).toMatch(/not to GetServerInfo/);
    expect((process.memoryUsage().rss - before) / 2 ** 20).toBeLessThan(300);
  });
});

describe('a target that lies is not conformant', () => {
  const isError = (answer: Parameters<Tamper>[1]) => (answer.headers['grpc-status'] ?? '0') !== '0';
  const lies: Readonly<Record<string, Tamper>> = {
    'calls its answers HTML': (stream, answer, path) =>
      honest(stream, { ...answer, headers: { ...answer.headers, 'content-type': 'text/html' } }, path),
    'leaves the trailers out': (stream, { headers, body }) => {
      stream.respond(headers as never);
      stream.end(body);
    },
    'answers OK without a message': (stream, { headers }) =>
      stream.respond({ ...headers, 'grpc-status': '0' } as never, { endStream: true }),
    'has a status that nobody knows': (stream, answer, path) => {
      if (isError(answer)) answer.headers['grpc-status'] = '99';
      honest(stream, answer, path);
    },
    'sends the status of an AbortError': (stream, answer, path) => {
      if (isError(answer)) answer.headers['grpc-status'] = '20';
      honest(stream, answer, path);
    },
  };

  it('but one that only stands between is', async () => {
    const { results } = await run(await open(tampering(reference.address, honest)), { only: ONLY });
    expect(results.filter(({ status }) => status !== 'pass' && status !== 'skipped')).toEqual([]);
  });

  const ONLY = ['DH-CORE-001', 'DH-CORE-006', 'DH-ERR-001', 'DH-DECL-004'];

  it.each(Object.keys(lies))('where it %s', async (what) => {
    const address = await open(tampering(reference.address, lies[what] as Tamper));
    const { results, ending } = await run(address, { only: ONLY, endsWhenLost: false });
    expect(ending.how).toBe('complete');
    expect(verdictOf(results)).toBe('non-conformant');
    expect(results.filter(({ id, status }) => id === 'DH-DECL-004' && status === 'pass')).toEqual([]);
    expect(results.filter(({ status }) => status === 'error')).toEqual([]);
  });

  it('where its stream never stops answering', async () => {
    const endless: Tamper = (stream, answer, path) => {
      if (!path.endsWith('PredictStream')) return honest(stream, answer, path);
      stream.respond(answer.headers as never);
      const item = Buffer.from([0, 0, 0, 0, 4, 0x0a, 2, 8, 8]);
      const many = Buffer.concat(Array.from({ length: 1000 }, () => item));
      const pour = () => {
        while (!stream.destroyed && stream.write(many));
      };
      stream.on('drain', pour);
      pour();
    };
    const address = await open(tampering(reference.address, endless));
    const { results } = await run(address, { only: ['DH-STRM-001', 'DH-CORE-001'] });
    const [stream] = results.filter(({ id }) => id === 'DH-STRM-001');
    expect(stream).toMatchObject({ status: 'fail', detail: expect.stringMatching(/without end/) });
    expect(results.filter(({ id }) => id === 'DH-CORE-001')).toMatchObject([{ status: 'pass' }]);
  });
});

describe('a target behind a socket of this machine', () => {
  it('is reached by its path', async () => {
    const path = join(store, 'target.sock');
    const server = createServer((socket) => {
      const onward = connect(Number(reference.address.split(':')[1]), '127.0.0.1');
      socket.on('error', () => onward.destroy()).on('close', () => onward.destroy());
      onward.on('error', () => socket.destroy()).on('close', () => socket.destroy());
      socket.pipe(onward).pipe(socket);
    }).listen(path);
    opened.push({ stop: () => void server.close() });
    const address = `unix:${path}`;
    expect(await describeAt(address)).toMatchObject({ target: { name: 'deephealth-conformance-reference' } });
    const { results } = await run(address, { only: ['DH-CORE-001', 'DH-DECL-004', 'DH-SEC-010'] });
    expect(results.filter(({ status }) => status !== 'pass' && status !== 'skipped')).toEqual([]);
    expect(await describeAt(`unix:${store}/none.sock`)).toMatch(/no such socket/);
  });
});

describe('what happens in the middle of a run', () => {
  it('a case that hangs loses none of the others', async () => {
    const hanging: Tamper = (stream, answer, path) => {
      // Two messages, the first of which is cut short: nothing more comes.
      if (path.endsWith('GetModel')) stream.respond(answer.headers as never);
      else honest(stream, answer, path);
    };
    const address = await open(tampering(reference.address, hanging));
    const { results, ending } = await run(address, { only: ['DH-CORE'] });
    expect(ending.how).toBe('complete');
    expect(results.filter(({ status }) => status === 'fail').map(({ id }) => id)).toEqual(['DH-CORE-008']);
    expect(results.filter(({ id, status }) => id.startsWith('DH-CORE') && status === 'pass').length).toBeGreaterThan(
      30,
    );
  });

  it('a target that dies leaves the rest as not run, and is not conformant', async () => {
    const mortal = await serveReference(new ReferenceRuntime(models));
    let done = 0;
    const { results, ending } = await run(mortal.address, {
      only: ['DH-CORE', 'DH-ERR'],
      onResult: ({ status }) => {
        if (status === 'pass' && ++done === 5) mortal.stop();
      },
    });
    expect(ending).toMatchObject({
      how: 'targetLost',
      detail: expect.stringMatching(/after DH-CORE-00\d, the target no longer answers/),
    });
    expect(results.filter(({ status }) => status === 'pass')).toHaveLength(5);
    expect(results.filter(({ status }) => status === 'fail')).toHaveLength(1);
    const notRun = results.filter(({ status }) => status === 'notRun');
    expect(notRun.length).toBeGreaterThan(30);
    expect(notRun[0]?.detail).toBe(ending.detail);
    expect(verdictOf(results, ending.how)).toBe('non-conformant');
  });

  it.each([
    ['interrupted', (controller: AbortController) => ({ signal: controller.signal })],
    ['limit', () => ({ runLimitMs: 900 })],
  ] as const)('a run that is ended (%s) keeps what it found, and is no verdict', async (how, options) => {
    const controller = new AbortController();
    let done = 0;
    const { results, ending } = await run(reference.address, {
      ...options(controller),
      onResult: ({ status }) => {
        if (status === 'pass' && ++done === 3) controller.abort();
      },
    });
    expect(ending.how).toBe(how);
    expect(results.filter(({ status }) => status === 'pass').length).toBeGreaterThanOrEqual(1);
    expect(results.filter(({ status }) => status === 'notRun').length).toBeGreaterThan(50);
    expect(verdictOf(results, ending.how)).toBe('error');
  });
});

describe('a command that does not behave', () => {
  const start = (script: string, options = {}) => launchTarget([process.execPath, '-e', script], store, options);
  const isAlive = (pid: number) => {
    try {
      process.kill(pid, 0);
      return true;
    } catch {
      return false;
    }
  };
  const gone = async (pid: number) => {
    for (let tries = 0; tries < 100 && isAlive(pid); tries++) await new Promise((resolve) => setTimeout(resolve, 20));
    return !isAlive(pid);
  };
  const HANDSHAKE = 'console.log("DH|1|1|tcp|127.0.0.1:9");';
  const STAY = 'setInterval(() => {}, 1000);';

  it.each([
    ['prints no handshake', `console.error("still thinking"); ${STAY}`, /no handshake within 3000 ms.*still thinking/],
    ['exits at once', 'console.error("no licence"); process.exit(7)', /ended \(7\) before its handshake\. no licence/],
    ['dies of a signal', 'process.kill(process.pid, "SIGKILL")', /ended \(SIGKILL\) before its handshake/],
    ['has another handshake', `console.log("DH|one|two"); ${STAY}`, /another form than DH\|1\|1\|tcp/],
    [
      'speaks another contract',
      `console.log("DH|1|2,3|tcp|127.0.0.1:9"); ${STAY}`,
      /speaks version 2,3 of the contract/,
    ],
    [
      'floods its output',
      'const a = "x".repeat(1e6); const f = () => { while (process.stdout.write(a)); }; process.stdout.on("drain", f); f();',
      /wrote \d+ characters and no handshake/,
    ],
    [
      'leaves another behind and ends',
      `require("child_process").spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"], { stdio: "inherit" }); process.exitCode = 0; setTimeout(() => process.exit(0), 100);`,
      /ended \(0\) before its handshake/,
    ],
  ])('where it %s', async (what, script, cause) => {
    const startLimitMs = what === 'prints no handshake' ? 3000 : 20_000;
    await expect(start(script, { startLimitMs })).rejects.toThrow(cause);
  });

  it('where it is no program', async () => {
    await expect(launchTarget(['/no/such/program'], store)).rejects.toThrow(/could not be started/);
  });

  it('where the start is interrupted', async () => {
    const controller = new AbortController();
    setTimeout(() => controller.abort(), 100);
    await expect(start(STAY, { signal: controller.signal })).rejects.toThrow(/was interrupted/);
  });

  it('is ended if it ignores SIGTERM, and what it started too', async () => {
    const launched = await start(
      `process.on("SIGTERM", () => {}); const c = require("child_process").spawn(process.execPath, ["-e", "process.on('SIGTERM', () => {}); setInterval(() => {}, 1000)"]); console.log("child " + c.pid); ${HANDSHAKE} ${STAY}`,
      { drainMs: 300 },
    );
    const child = Number(/child (\d+)/.exec(launched.log.join('\n'))?.[1]);
    expect([isAlive(launched.pid), isAlive(child)]).toEqual([true, true]);
    await launched.stop();
    expect(launched.ended()).toBe('SIGKILL');
    expect([await gone(launched.pid), await gone(child)]).toEqual([true, true]);
  });

  it('keeps the start of a line without an end, and the last lines of many', async () => {
    const launched = await start(
      `${HANDSHAKE} process.stderr.write("y".repeat(1e6) + "\\n"); for (let i = 0; i < 5000; i++) console.log("line " + i); console.log("the last"); ${STAY}`,
    );
    for (let tries = 0; tries < 200 && launched.log.at(-1) !== 'the last'; tries++) {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    expect(launched.log.length).toBeLessThanOrEqual(2000);
    expect(Math.max(...launched.log.map((line) => line.length))).toBeLessThanOrEqual(16_384);
    await launched.stop();
  });
});
