import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { ReferenceRuntime, reportProblems, serveReference, serveSecurely, writeModels } from '@deephealth/conformance';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { deephealth, deephealthHere, endProcesses, startDeephealth } from './cli-process.js';
import { removeTemporaryFolders, temporaryFolder } from './temporary-folder.js';

// Whole runs of the suite, some of which start their targets.
vi.setConfig({ testTimeout: 180_000 });

let target: Awaited<ReturnType<typeof serveReference>>;

beforeAll(async () => {
  target = await serveReference(new ReferenceRuntime(writeModels(temporaryFolder())));
});
afterEach(endProcesses);
afterAll(() => {
  target.stop();
  removeTemporaryFolders();
});

const REFERENCE = fileURLToPath(new URL('../../conformance/bin/reference.mjs', import.meta.url));
const conformance = (...args: readonly string[]) => deephealth('conformance', ...args);
const file = (name: string, content: string) => {
  const path = join(temporaryFolder(), name);
  writeFileSync(path, content);
  return path;
};

const DECLARATION = `
implementation: {organization: acme, project: acme-runtime, version: 2.3.1}
contract: v1
profiles: [runtime-core, runtime-streaming]
features: {predict-stream: true, verify-model: true, watch-models: true, sequences: true}
`;

describe('deephealth conformance runtime', () => {
  it('calls a target that keeps the contract conformant, in all reports too', async () => {
    const out = temporaryFolder();
    const { exitCode, stdout } = await conformance('runtime', '--target', target.address, '--out', out);
    expect([exitCode, stdout]).toEqual([0, expect.stringMatching(/ CONFORMANT {2}.*\d+ pass\n$/)]);
    expect(stdout.split('\n').length).toBeLessThanOrEqual(40);
    const report = JSON.parse(readFileSync(join(out, 'report.json'), 'utf8'));
    expect(reportProblems(report)).toEqual([]);
    expect(report).toMatchObject({ verdict: 'conformant', target: { name: 'deephealth-conformance-reference' } });
    expect(report.environment).toMatchObject({
      transport: 'plain text',
      isLaunched: false,
      node: process.versions.node,
    });
    expect(readFileSync(join(out, 'junit.xml'), 'utf8')).toMatch(/<testsuites [^>]*failures="0" errors="0"/);
    expect(readFileSync(join(out, 'report.html'), 'utf8')).toContain('Conformant<small>');
    expect(readFileSync(join(out, 'badge.svg'), 'utf8')).toContain('core+streaming');
    expect(JSON.parse(readFileSync(join(out, 'badge.json'), 'utf8'))).toMatchObject({ color: '1a7f37' });
    const transcript = readFileSync(join(out, 'transcript.ndjson'));
    expect(createHash('sha256').update(transcript).digest('hex')).toBe(report.transcriptSha256);
    expect(transcript.toString().split('\n').length).toBeGreaterThan(200);
  });

  it('judges a part as partial, and shows what was sent and got in it', async () => {
    const { exitCode, stdout } = await conformance(
      'runtime',
      '--target',
      target.address,
      '--only',
      'dh-err-004',
      '--trace',
    );
    expect(exitCode).toBe(3);
    expect(stdout).toMatch(
      /pass DH-ERR-004\[shape=3x5\][\s\S]*Predict {2}metadata deephealth-case-id[\s\S]*sent {2}\{.*"shape":\["3","5"\]|shape":\[3,5\]/,
    );
    expect(stdout).toMatch(/got {3}INVALID_ARGUMENT \/ TENSOR_SHAPE_MISMATCH/);
    expect(stdout).toMatch(/ PARTIAL {2}\d+ skipped · 5 pass\n$/);
  });

  it('takes areas, and leaves others out', async () => {
    const { exitCode, stdout } = await conformance(
      ...['runtime', '--target', target.address, '--only', 'ERR,DH-CORE-001', '--skip', 'DH-ERR-003', '--json'],
    );
    const { verdict, results } = JSON.parse(stdout);
    expect([exitCode, verdict]).toEqual([3, 'partial']);
    const judged = results.filter(({ status }: { status: string }) => status === 'pass');
    const ids = new Set(judged.map(({ id }: { id: string }) => id));
    expect(ids.has('DH-CORE-001') && ids.has('DH-ERR-004') && !ids.has('DH-ERR-003') && !ids.has('DH-CORE-002')).toBe(
      true,
    );
  });

  it('has a target that does not answer, or that ends at once, as no verdict but an error of its own', async () => {
    const [silent, gone] = await Promise.all([
      conformance('runtime', '--target', '127.0.0.1:1'),
      conformance('runtime', '--', process.execPath, '-e', 'console.error("no licence"); process.exit(7)'),
    ]);
    expect([silent.exitCode, gone.exitCode]).toEqual([2, 2]);
    expect(silent.stderr).toMatch(/nothing that speaks HTTP\/2 answers: nothing listens there/);
    expect(gone.stderr).toMatch(/it ended \(7\) before its handshake\. no licence/);
  });

  it('asks nothing of a target that leads it to another machine', async () => {
    const script = 'console.log("DH|1|1|tcp|10.0.0.1:8500"); setInterval(() => {}, 1000)';
    const { exitCode, stderr } = await conformance('runtime', '--', process.execPath, '-e', script);
    expect([exitCode, stderr]).toEqual([
      2,
      expect.stringMatching(/its handshake: 10\.0\.0\.1:8500 is not on this machine/),
    ]);
  });

  it('compares a declaration with what the target says, and takes its claims', async () => {
    const run = (source: string) =>
      conformance(
        ...['runtime', '--target', target.address, '--only', 'DECL', '--json'],
        ...['--declaration', file('conformance.yaml', source)],
      );
    const [right, wrong] = await Promise.all([
      run(DECLARATION),
      run(
        DECLARATION.replace('sequences: true', 'sequences: true, batching: true').replace(', verify-model: true', ''),
      ),
    ]);
    const statuses = (stdout: string) =>
      JSON.parse(stdout)
        .results.filter(
          ({ id, status }: { id: string; status: string }) => /DECL-00[13]/.test(id) && status !== 'skipped',
        )
        .map(({ id, status }: { id: string; status: string }) => `${id} ${status}`);
    expect(statuses(right.stdout)).toEqual(['DH-DECL-001 pass', 'DH-DECL-003 pass']);
    expect(JSON.parse(right.stdout).implementation).toMatchObject({ organization: 'acme' });
    expect(statuses(wrong.stdout)).toEqual(['DH-DECL-001 fail', 'DH-DECL-003 warn']);
    expect(wrong.exitCode).toBe(1);
    expect(JSON.parse(wrong.stdout).features).toContainEqual({
      feature: 'batching',
      declared: true,
      observed: false,
      result: 'absent',
    });
  });

  it('takes known failures, makes a file of them, and fails where one passes', async () => {
    const known = join(temporaryFolder(), 'known-failures.yaml');
    const mutant = (id: string, ...more: readonly string[]) =>
      conformance(
        ...['runtime', '--only', 'DH-ERR-009,DH-CORE-001', '--known-failures', known, ...more],
        ...['--', process.execPath, REFERENCE, ...(id === '' ? [] : ['--mutant', id])],
      );
    const first = await mutant('M-ERR-11', '--update-known-failures');
    expect([first.exitCode, first.stderr]).toEqual([1, expect.stringMatching(/known-failures\.yaml: \+ DH-ERR-009/)]);
    const second = await mutant('M-ERR-11');
    expect([second.exitCode, second.stdout]).toEqual([3, expect.stringMatching(/ PARTIAL {2}.*1 knownFail/)]);
    const mended = await mutant('');
    expect([mended.exitCode, mended.stdout]).toEqual([
      1,
      expect.stringMatching(/PASSES DH-ERR-009[\s\S]*remove the entry/),
    ]);
    const third = await mutant('', '--update-known-failures');
    expect(third.stderr).toMatch(/- DH-ERR-009/);
    expect((await mutant('')).exitCode).toBe(3);
    expect(readFileSync(known, 'utf8')).toContain('knownFailures: []');
  });

  it('comes to a secure target as callers who may and as others who may not, by what its vendor gives', async () => {
    const secure = await serveSecurely(new ReferenceRuntime(writeModels(temporaryFolder())));
    try {
      const { tls } = secure.target;
      const { issuer, authority, http } = secure.access;
      const ca = file('ca.pem', String(authority?.certificate));
      const key = file('ca-key.pem', String(authority?.key));
      const access = file('access.json', JSON.stringify({ issuer, authority: { certificate: ca, key } }));
      const options = [
        ...['--target', secure.address, '--tls-name', tls?.name ?? '', '--tls-ca', ca, '--access', access],
        ...['--tls-cert', file('cert.pem', String(tls?.certificate)), '--tls-key', file('key.pem', String(tls?.key))],
      ];
      const out = temporaryFolder();
      const asked = ['--profile', 'runtime-secure', '--http-target', http ?? '', ...options, '--out', out];
      const right = await conformance('runtime', ...asked);
      expect([right.exitCode, right.stdout]).toEqual([0, expect.stringMatching(/ CONFORMANT {2}\d+ pass\n$/)]);
      for (const name of ['report.json', 'report.html', 'junit.xml', 'transcript.ndjson']) {
        const written = readFileSync(join(out, name), 'utf8');
        // Where every token begins, and the key that they are made with.
        for (const secret of ['eyJhbGciOiJFUzI1NiIs', String(issuer?.key.d)]) expect(written).not.toContain(secret);
      }
      const [plain, stranger, other] = await Promise.all([
        conformance('doctor', '--target', secure.address),
        conformance(
          'doctor',
          ...options.map((one, at) =>
            options[at - 1] === '--tls-ca' ? file('ca.pem', String(tls?.certificate)) : one,
          ),
        ),
        conformance(
          'doctor',
          ...options.map((one, at) => (options[at - 1] === '--tls-name' ? 'elsewhere.example' : one)),
        ),
      ]);
      expect(plain.stdout).toMatch(/needs TLS|closes the connection/);
      expect(stranger.stdout).toMatch(/not signed by the authority in --tls-ca/);
      expect(other.stdout).toMatch(/for another name: give the right one with --tls-name/);
      expect([plain.exitCode, stranger.exitCode, other.exitCode]).toEqual([2, 2, 2]);
    } finally {
      secure.stop();
    }
  });

  it('writes the report of what was done when it is interrupted, and leaves no target behind', async () => {
    const out = temporaryFolder();
    const pids = join(temporaryFolder(), 'pids');
    const script = `import(${JSON.stringify(REFERENCE)}).then(() => require('fs').appendFileSync(${JSON.stringify(pids)}, process.pid + '\\n'))`;
    const run = startDeephealth(['conformance', 'runtime', '--out', out, '--', process.execPath, '-e', script]);
    for (let tries = 0; tries < 3000 && !existsSync(pids); tries++) await setTimeout(20);
    await setTimeout(2000);
    run.send('SIGINT');
    const { exitCode, stdout } = await run.ended;
    expect([exitCode, stdout]).toEqual([
      2,
      expect.stringMatching(/ENDED EARLY {2}the run was interrupted; \d+ not run[\s\S]*NO VERDICT/),
    ]);
    expect(JSON.parse(readFileSync(join(out, 'report.json'), 'utf8')).ending.how).toBe('interrupted');
    for (const pid of readFileSync(pids, 'utf8').trim().split('\n')) {
      expect(() => process.kill(Number(pid), 0)).toThrow(/ESRCH/);
    }
  });

  it.each([
    [[], /Give either --target/],
    [['--target', '127.0.0.1:1', '--profile', 'everything'], /no profile "everything"/],
    [['--target', '127.0.0.1:1', '--only', 'DH-NONE-001'], /no case and no area "DH-NONE-001"/],
    [['--target', '127.0.0.1:1', '--time-scale', '0'], /--time-scale must be/],
    [['--target', '127.0.0.1:1', '--max-minutes', 'x'], /--max-minutes must be/],
    [['--target', 'somewhere'], /"somewhere" is no address/],
    [['--target', '10.0.0.1:8500'], /not on this machine[\s\S]*--i-own-this-target/],
    [['--target', '127.0.0.1:1', '--tls-name', 'a'], /need --tls-ca/],
    [['--target', '127.0.0.1:1', '--tls-ca', '/no/such.pem'], /--tls-ca: \/no\/such\.pem cannot be read/],
    [['--target', '127.0.0.1:1', '--declaration', '/no/such.yaml'], /--declaration: \/no\/such\.yaml cannot be read/],
    [['--target', '127.0.0.1:1', '--update-known-failures'], /needs --known-failures/],
    [['--target', '127.0.0.1:1', '--out', join(REFERENCE, 'report')], /--out: nothing can be written/],
    [['--target', '127.0.0.1:1', '--numeric-profile', 'loose'], /Allowed choices are strict/],
    [['--taget', '127.0.0.1:1'], /unknown option/],
  ])('ends wrong usage %j with exit code 4', async (args, says) => {
    const { exitCode, stderr } = await deephealthHere('conformance', 'runtime', ...args);
    expect([exitCode, stderr]).toEqual([4, expect.stringMatching(says)]);
  });

  it('ends wrong usage with exit code 4 as a process', async () => {
    const { exitCode, stderr } = await conformance('runtime', '--target', '127.0.0.1:1', '--time-scale', '0');
    expect([exitCode, stderr]).toEqual([4, expect.stringMatching(/--time-scale must be/)]);
  });
});

describe('deephealth conformance doctor', () => {
  it('says that all is well, and what the target declares', async () => {
    const { exitCode, stdout } = await conformance('doctor', '--target', target.address);
    expect([exitCode, stdout]).toEqual([
      0,
      expect.stringMatching(/ok {3}features .*predict-stream[\s\S]*ok {3}DH-ERR-001[\s\S]*All is well/),
    ]);
  });

  it('tells a wrong implementation from wrong wiring, with the next step', async () => {
    const [wrong, nothing, noModels] = await Promise.all([
      conformance('doctor', '--', process.execPath, REFERENCE, '--mutant', 'M-ERR-01'),
      conformance('doctor', '--', process.execPath, '-e', 'setTimeout(() => {}, 200)'),
      conformance('doctor', '--json', '--target', target.address.replace(/\d+$/, '1')),
    ]);
    expect([wrong.exitCode, wrong.stdout]).toEqual([
      1,
      expect.stringMatching(/NOT {2}DH-ERR-001[\s\S]*IMPLEMENTATION is wrong[\s\S]*explain DH-ERR-001/),
    ]);
    expect([nothing.exitCode, nothing.stdout]).toEqual([
      2,
      expect.stringMatching(/NOT {2}start[\s\S]*WIRING is wrong[\s\S]*DH\|1\|1\|tcp/),
    ]);
    expect(noModels.exitCode).toBe(2);
    expect(JSON.parse(noModels.stdout)).toMatchObject({
      blame: 'wiring',
      findings: [{ what: 'connection', isFine: false }],
    });
  });
});

describe('deephealth conformance list', () => {
  it('keeps those of a profile and an area', async () => {
    const { stdout } = await conformance('list', '--profile', 'runtime-secure', '--only', 'SEC', '--json');
    const cases = JSON.parse(stdout);
    expect(cases.length).toBeGreaterThanOrEqual(8);
    expect(new Set(cases.map(({ profile }: { profile: string }) => profile))).toEqual(new Set(['runtime-secure']));
  });
});

describe('deephealth conformance explain', () => {
  it('says what a case requires, in the words of the contract, and what it must catch', async () => {
    const { exitCode, stdout } = await deephealth('conformance', 'explain', 'dh-err-009');
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/DH-R-006: A declared, required input that is absent MUST be refused/);
    expect(stdout).toMatch(/Must be failed by: M-ERR-11\n {2}M-ERR-11 calls a missing input malformed/);
    expect(stdout).toMatch(/--only DH-ERR-009 --trace/);
  });

  it('names the way to all cases for one that there is not', async () => {
    const { exitCode, stderr } = await deephealth('conformance', 'explain', 'DH-X-1');
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/deephealth conformance list/);
  });
});
