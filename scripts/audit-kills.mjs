// npm run audit:kills -- 200: a server under load is killed at random moments and started again on the same audit
// folder. Then the log is held against what callers got. Exit code 1 if one promise is broken.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { findingsDigest, readRecords, tensorsDigest, verifyLog } from '@deephealth/runtime';
import { createRuntimeClient } from '@deephealth/sdk';
import { buildTestPackage, identityModel, seededRandom } from '@deephealth/sdk/testing';

const { values, positionals } = parseArgs({
  args: process.argv.slice(2),
  allowPositionals: true,
  options: {
    lanes: { type: 'string', default: '1' },
    seed: { type: 'string', default: String(Date.now() % 1e6) },
    json: { type: 'boolean', default: false },
  },
});
const kills = Number(positionals[0] ?? 200);
const lanes = Math.min(Number(values.lanes), kills);
const seed = Number(values.seed);

const SERVER = fileURLToPath(new URL('../runtime/test/audit-server.mjs', import.meta.url));
const UNARY_CALLERS = 6;
const STREAM_ITEMS = 6;
const HTTP_CALLERS = 3;
/** Small, so that kills meet the change from one file to the next, too. */
const SEGMENT_MIB = 0.1;
const LONGEST_LIFE_MS = 500;
const START_LIMIT_MS = 120_000;

const say = (text) => process.stderr.write(`${text}\n`);

/** The four numbers that a request is about, told from all others. */
const valuesOf = (number) => [number, number + 0.25, -number, 1 / (number + 1)];
const bytesOf = (number) => Buffer.from(new Float32Array(valuesOf(number)).buffer);

/** One folder with one server after the other. */
class Lane {
  constructor(index, store) {
    this.index = index;
    this.store = store;
    this.folder = mkdtempSync(join(tmpdir(), 'deephealth-kills-'));
    this.random = seededRandom(seed + index);
    /** By request id: what was sent, and how. */
    this.sent = new Map();
    this.answered = new Map();
    this.killedAtStart = 0;
    this.next = 1;
  }

  async run(count) {
    for (let kill = 0; kill < count; kill++) {
      const child = this.start();
      // One in eight dies while it starts, mends its log or verifies its models.
      if (this.random() < 0.125) {
        await delay(this.random() * 1500);
        this.killedAtStart += 1;
        await this.kill(child);
        continue;
      }
      const ports = await this.ready(child);
      const load = this.load(ports);
      // Mostly amid answers, however slow the machine is; sometimes before the first.
      if (this.random() < 0.9) await this.oneMoreAnswer();
      await delay(this.random() * LONGEST_LIFE_MS);
      await this.kill(child);
      await load.ended();
      say(`lane ${this.index}: ${kill + 1} of ${count} kills, ${this.answered.size} answers`);
    }
    // The last one stops in order: what it mends is part of the log.
    const child = this.start();
    await this.ready(child);
    child.send('stop');
    await once(child, 'exit');
    return this.check();
  }

  start() {
    const options = {
      models: [this.store],
      port: 0,
      httpPort: 0,
      limits: { maxBatchSize: 1 },
      audit: { folder: this.folder, segmentMiB: SEGMENT_MIB },
    };
    return fork(SERVER, [JSON.stringify(options)], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  }

  async ready(child) {
    const first = await Promise.race([
      once(child, 'message').then(([message]) => message),
      once(child, 'exit').then(() => undefined),
      delay(START_LIMIT_MS, undefined, { ref: false }),
    ]);
    if (first === undefined || first.states.some((state) => state !== 'READY')) {
      child.kill('SIGKILL');
      throw new Error('a server did not start again on its folder');
    }
    return first;
  }

  async kill(child) {
    child.kill('SIGKILL');
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  }

  /** Callers on every face until the server is gone. */
  load({ port, httpPort }) {
    const client = createRuntimeClient({ address: `127.0.0.1:${port}`, defaultDeadlineMs: 10_000 });
    const until = new AbortController();
    const callers = [
      ...Array.from({ length: UNARY_CALLERS }, () => this.unaryCaller(client, until.signal)),
      ...Array.from({ length: HTTP_CALLERS }, () => this.httpCaller(httpPort, until.signal)),
      this.streamCaller(client, until.signal),
    ];
    return {
      ended: async () => {
        until.abort();
        client.close();
        await Promise.all(callers);
      },
    };
  }

  async oneMoreAnswer() {
    const before = this.answered.size;
    const end = Date.now() + START_LIMIT_MS;
    while (this.answered.size === before && Date.now() < end) await delay(5);
  }

  send(face) {
    const number = this.next++;
    const id = `${this.index}-${number}`;
    this.sent.set(id, { number, face });
    return { number, id };
  }

  request({ number, id }) {
    const tensor = { dataType: 'DATA_TYPE_FP32', shape: [1, 4], data: bytesOf(number) };
    return { modelName: 'identity', requestId: id, inputs: [{ name: 'x', tensor }] };
  }

  async unaryCaller(client, signal) {
    while (!signal.aborted) {
      const sent = this.send('contract');
      try {
        const { findings, provenance } = await client.predict(this.request(sent), { signal });
        this.answered.set(sent.id, { output: await findingsDigest(findings), input: provenance.inputSha256 });
      } catch {
        return;
      }
    }
  }

  async streamCaller(client, signal) {
    const stream = await client.predictStream({ signal }).catch(() => undefined);
    if (stream === undefined) return;
    const one = async () => {
      while (!signal.aborted) {
        const sent = this.send('contract-stream');
        const { findings, provenance } = await stream.predict(sent.id, this.request(sent));
        this.answered.set(sent.id, { output: await findingsDigest(findings), input: provenance.inputSha256 });
      }
    };
    await Promise.allSettled(Array.from({ length: STREAM_ITEMS }, one));
    stream.cancel();
  }

  async httpCaller(port, signal) {
    while (!signal.aborted) {
      const { number, id } = this.send('open-inference-http');
      const body = { id, inputs: [{ name: 'x', datatype: 'FP32', shape: [1, 4], data: valuesOf(number) }] };
      try {
        const response = await fetch(`http://127.0.0.1:${port}/v2/models/identity/infer`, {
          method: 'POST',
          body: JSON.stringify(body),
          signal,
        });
        const { outputs } = await response.json();
        if (!response.ok) return;
        const data = new Uint8Array(new Float32Array(outputs[0].data).buffer);
        this.answered.set(id, { output: tensorsDigest([{ name: 'y', dataType: 'FP32', shape: [1, 4], data }]) });
      } catch {
        return;
      }
    }
  }

  /** Holds the log against what was sent and answered. */
  async check() {
    const counts = { inferences: 0, recoveries: 0, unrecorded: 0, unknown: 0, wrong: 0, twice: 0, unanswered: 0 };
    const recorded = new Set();
    for await (const { record } of readRecords(this.folder)) {
      if (record.kind === 'recovery') counts.recoveries += 1;
      if (record.kind !== 'inference') continue;
      counts.inferences += 1;
      const sent = this.sent.get(record.request);
      const answer = this.answered.get(record.request);
      if (recorded.has(record.request)) counts.twice += 1;
      recorded.add(record.request);
      if (sent === undefined || sent.face !== record.face) counts.unknown += 1;
      // What this input gives is known without a server: a record of it is that of a run.
      else if (record.output !== (await expectedOutput(sent))) counts.wrong += 1;
      if (answer === undefined) counts.unanswered += 1;
      else if (answer.output !== record.output || (answer.input ?? record.input) !== record.input) counts.wrong += 1;
    }
    for (const id of this.answered.keys()) if (!recorded.has(id)) counts.unrecorded += 1;
    const { isValid, problems, segments } = await verifyLog(this.folder);
    for (const { message } of problems) say(`lane ${this.index}: ${message}`);
    const { killedAtStart } = this;
    rmSync(this.folder, { recursive: true, force: true });
    return { sent: this.sent.size, answered: this.answered.size, killedAtStart, ...counts, segments, isValid };
  }
}

async function expectedOutput({ number, face }) {
  const data = bytesOf(number);
  if (face === 'open-inference-http') return tensorsDigest([{ name: 'y', dataType: 'FP32', shape: [1, 4], data }]);
  return findingsDigest([{ name: 'y', tensor: { dataType: 'DATA_TYPE_FP32', shape: [1, 4], data } }]);
}

const tensor = (name) => ({ name, dataType: 'FP32', shape: [-1, 4] });
const value = { dataType: 'FP32', shape: [1, 4], values: [1, -2, 3, 0.5] };
const store = mkdtempSync(join(tmpdir(), 'deephealth-kills-store-'));
buildTestPackage(store, {
  name: 'identity',
  model: identityModel({ dataType: 'FP32', shape: ['batch', 4] }),
  tensors: { inputs: [tensor('x')], outputs: [tensor('y')] },
  golden: [{ id: 'ramp', inputs: { x: value }, expected: { y: value } }],
});

const shares = Array.from({ length: lanes }, (_, lane) => Math.floor((kills + lane) / lanes));
const results = await Promise.all(shares.map((share, index) => new Lane(index, store).run(share)));
rmSync(store, { recursive: true, force: true });
const sum = (name) => results.reduce((total, result) => total + result[name], 0);
const total = Object.fromEntries(
  Object.keys(results[0])
    .filter((name) => name !== 'isValid')
    .map((name) => [name, sum(name)]),
);
const isKept =
  results.every(({ isValid }) => isValid) &&
  total.answered > 0 &&
  total.unrecorded + total.unknown + total.wrong + total.twice === 0;
const report = { kills, seed, ...total, isChainValid: results.every(({ isValid }) => isValid), isKept };
if (values.json) process.stdout.write(`${JSON.stringify(report)}\n`);
else for (const [name, figure] of Object.entries(report)) process.stdout.write(`${name.padEnd(14)} ${figure}\n`);
process.exit(isKept ? 0 : 1);
