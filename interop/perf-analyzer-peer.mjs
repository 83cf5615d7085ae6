// perf_analyzer, Triton's own load generator: it reads metadata, configuration and statistics, and can
// compare every answer with values that it is given.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expectEqual, expectTrue } from './check-report.mjs';
import { LOOPBACK_ENVIRONMENT } from './loopback-environment.mjs';
import { requestsCounted } from './request-metrics.mjs';
import { runProcess } from './run-process.mjs';
import { serveModels } from './served-runtime.mjs';

const LIMIT_MS = 180_000;
const REQUESTS = 100;

const row = (first, step) => Array.from({ length: 16 }, (_, index) => first + step * index);
const LEFT = row(-50, 7);
const RIGHT = row(3, 1);
const SUM = row(-47, 8);
const DIFFERENCE = row(-53, 6);

/** Items of a sequence; every partial sum is exact in FP32. */
const ITEMS = [
  [1, -2, 3, 0.5],
  [1, -2, 3, 0.5],
  [10, 0.25, 0, -1],
];

export async function runPerfAnalyzerChecks({ command, env, version }, { root, address, httpAddress }, report) {
  const scratch = mkdtempSync(join(tmpdir(), 'deephealth-interop-perf-'));
  const check = (sentence, run) => report.check(`perf_analyzer ${version}`, sentence, run);
  let files = 0;
  const fileOf = (content) => {
    files += 1;
    const file = join(scratch, `data-${files}.json`);
    writeFileSync(file, content);
    return file;
  };
  const run = async (flags) => {
    const { code, stdout, stderr } = await runProcess(command, flags, {
      limitMs: LIMIT_MS,
      env: { ...env, ...LOOPBACK_ENVIRONMENT },
    });
    return { code, text: `${stdout}\n${stderr}` };
  };
  /** Runs to its end; gives what the tool counted, and each request with its answer. */
  const measure = async (target, model, data, flags = []) => {
    files += 1;
    const exported = join(scratch, `export-${files}.json`);
    const dataFlags = data === undefined ? [] : ['--input-data', data];
    const counts = ['--request-count', String(REQUESTS), '--profile-export-file', exported];
    const { code, text } = await run(['-m', model, ...target, ...dataFlags, ...counts, ...flags]);
    expectEqual(`exit code (${problemsIn(text)})`, code, 0);
    const counted = (what) => Number(new RegExp(`${what}: (\\d+)`).exec(text)?.[1]);
    return {
      client: counted('Request count'),
      answered: counted('Successful request count'),
      inferences: counted('Inference count'),
      requests: JSON.parse(readFileSync(exported, 'utf8')).experiments[0].requests,
    };
  };
  const overGrpc = (at = address) => ['-i', 'grpc', '-u', at];
  const overHttp = (at = httpAddress) => ['-i', 'http', '-u', at];

  /** Every answer is the closed form; the tool, the statistics and the metrics counted the same requests. */
  const expectSums = async (target, flags = [], data = sumData) => {
    const before = await requestsCounted(httpAddress);
    const { client, answered, requests } = await measure(target, 'sum-and-difference', data, flags);
    const after = await requestsCounted(httpAddress);
    const series = 'sum-and-difference OK';
    const metered = after.get(series) - (before.get(series) ?? 0);
    expectEqual('counted', { client, metered }, { client: REQUESTS, metered: REQUESTS });
    expectStatistics(answered);
    expectEqual('answers', requests.length, REQUESTS);
    for (const { response_outputs: outputs } of requests) {
      expectEqual('outputs', outputs, [{ sum: SUM, difference: DIFFERENCE }]);
    }
  };

  const sumData = fileOf(withValidation(SUM, DIFFERENCE));
  try {
    await check(`${REQUESTS} requests over gRPC, four at once, have the right values and are all counted`, () =>
      expectSums(overGrpc(), ['--concurrency-range', '4']),
    );
    await check(`${REQUESTS} requests over HTTP with binary data, four at once, too`, () =>
      expectSums(overHttp(), ['--concurrency-range', '4']),
    );
    await check(`${REQUESTS} requests over HTTP with JSON in both directions, too`, () =>
      expectSums(overHttp(), ['--input-tensor-format', 'json', '--output-tensor-format', 'json']),
    );
    await check(`${REQUESTS} requests over one gRPC stream, too`, () =>
      expectSums(overGrpc(), ['--streaming', '--concurrency-range', '4']),
    );
    await check(`${REQUESTS} asynchronous requests over gRPC, sixteen at once, too`, () =>
      expectSums(overGrpc(), ['--async', '--concurrency-range', '16']),
    );
    await check(`${REQUESTS} requests compressed by gRPC with gzip and with deflate, too`, async () => {
      for (const algorithm of ['gzip', 'deflate']) {
        await expectSums(overGrpc(), ['--grpc-compression-algorithm', algorithm]);
      }
    });
    await check(`${REQUESTS} requests a second, sent when their time has come, are all answered`, () =>
      expectSums(overGrpc(), ['--request-rate-range', '100']),
    );
    await check('a wrong value would be noticed: a false expectation is an error over gRPC and HTTP', async () => {
      const wrong = fileOf(withValidation([...SUM.slice(0, 15), 0], DIFFERENCE));
      for (const target of [overGrpc(), overHttp()]) {
        const flags = ['-m', 'sum-and-difference', ...target, '--input-data', wrong, '--request-count', '10'];
        const { code, text } = await run(flags);
        expectTrue(`exit code ${code} is not 0`, code !== 0);
        expectTrue(`"${problemsIn(text)}"`, text.includes("Output doesn't match expected output"));
      }
    });
    await check(
      'requests with batches of four rows have the right values, and each row counts as an inference',
      async () => {
        const plain = fileOf(JSON.stringify({ data: [{ left: LEFT, right: RIGHT }] }));
        const counted = await measure(overGrpc(), 'sum-and-difference', plain, ['-b', '4']);
        for (const { response_outputs: outputs } of counted.requests) {
          expectEqual('outputs', outputs, [{ sum: four(SUM), difference: four(DIFFERENCE) }]);
        }
        expectStatistics(counted.answered);
        expectEqual('inferences in the statistics', counted.inferences, 4 * counted.answered);
      },
    );
    await check('texts and numbers in columns are answered over gRPC and HTTP', async () => {
      const data = fileOf(`{"data": [{"height": [2.0], "weight": [${(4 * 37).toFixed(1)}], "note": ["at rest"]}]}`);
      for (const target of [overGrpc(), overHttp()]) {
        const { requests } = await measure(target, 'body-mass', data);
        for (const { response_outputs: outputs } of requests) expectEqual('index', outputs[0].index, 37);
      }
    });
    await check('sequences, three at once, keep their own state over a stream, unary calls and HTTP', async () => {
      const data = fileOf(sequenceData());
      for (const target of [[...overGrpc(), '--streaming'], [...overGrpc(), '--sync'], overHttp()]) {
        const flags = ['--serial-sequences', '--concurrency-range', '3'];
        expectSequences((await measure(target, 'running-sum', data, flags)).requests);
      }
    });
    await check('an unknown and a refused model are named, with the reason, before anything is sent', async () => {
      for (const target of [overGrpc(), overHttp()]) {
        const unknown = await run(['-m', 'no-such-model', ...target, '--request-count', '10']);
        expectTrue(
          `"${problemsIn(unknown.text)}"`,
          unknown.code !== 0 && unknown.text.includes("Request for unknown model: 'no-such-model' is not found"),
        );
        const refused = await run(['-m', 'wrong-golden', ...target, '--request-count', '10']);
        expectTrue(`"${problemsIn(refused.text)}"`, refused.code !== 0 && refused.text.includes('Golden case "copy"'));
      }
    });
    await check('shared memory that the operator has not allowed is refused with a sentence', async () => {
      const flags = ['-m', 'sum-and-difference', ...overGrpc(), '--shared-memory', 'system', '--request-count', '10'];
      const { code, text } = await run(flags);
      expectTrue(`"${problemsIn(text)}"`, code !== 0 && text.includes('Shared memory is off on this server.'));
    });
    await checkSharedMemory();
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }

  /** Against a server of its own, whose operator allows shared memory. */
  async function checkSharedMemory() {
    const { writeSumAndDifference } = await import('./test-models.mjs');
    const store = join(scratch, 'store');
    writeSumAndDifference(store);
    const config = fileOf(JSON.stringify({ models: [store], sharedMemory: true }));
    const server = await serveModels(root, ['--config', config]);
    try {
      const plain = fileOf(JSON.stringify({ data: [{ left: LEFT, right: RIGHT }] }));
      const flags = ['--shared-memory', 'system', '--output-shared-memory-size', '64', '--concurrency-range', '4'];
      for (const [face, target] of [
        ['gRPC', overGrpc(server.address)],
        ['HTTP', overHttp(server.httpAddress)],
      ]) {
        await check(`tensors in shared memory are taken and given over ${face}, and no region is left`, async () => {
          const { client, answered } = await measure(target, 'sum-and-difference', plain, flags);
          expectEqual('counted by the tool', client, REQUESTS);
          expectStatistics(answered);
          const status = await fetch(`http://${server.httpAddress}/v2/systemsharedmemory/status`);
          expectEqual('regions', await status.json(), []);
        });
      }
    } finally {
      await server.stop(1);
    }
  }
}

const four = (values) => [values, values, values, values].flat();

function withValidation(sum, difference) {
  const data = [{ left: LEFT, right: RIGHT }];
  return JSON.stringify({ data, validation_data: [{ sum, difference }] });
}

/** The tool takes a number without a point for an integer, which is no value of a float tensor. */
function sequenceData() {
  const values = (list) => `[${list.map((value) => (Number.isInteger(value) ? value.toFixed(1) : value)).join(', ')}]`;
  return `{"data": [[${ITEMS.map((item) => `{"x": ${values(item)}}`).join(', ')}]]}`;
}

/** Each item was answered with the sum of what was sent in its sequence so far. */
function expectSequences(requests) {
  const sums = new Map();
  for (const request of requests.toSorted((a, b) => (a.timestamp < b.timestamp ? -1 : 1))) {
    const { sequence_id: id, request_inputs: inputs, response_outputs: outputs } = request;
    const before = sums.get(id) ?? [0, 0, 0, 0];
    const sum = before.map((value, index) => value + inputs.x[index]);
    expectEqual(`sum of sequence ${id}`, outputs[0].y, sum);
    sums.set(id, sum);
  }
  expectTrue(`${sums.size} sequences are many`, sums.size > 10);
}

/** The tool reads the statistics while its first requests are already under way, so some may be missing. */
function expectStatistics(answered) {
  const isPlausible = answered > REQUESTS - 20 && answered <= REQUESTS;
  expectTrue(`${answered} of ${REQUESTS} requests in the statistics`, isPlausible);
}

/** The lines that say what went wrong; the tool prints all its options after a wrong one. */
function problemsIn(text) {
  const lines = text.split('\n').filter((line) => /error|fail|unable/i.test(line));
  return lines.slice(0, 3).join('; ').trim() || 'no problem named';
}
