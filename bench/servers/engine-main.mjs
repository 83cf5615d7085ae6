// The bare engine: onnxruntime-node in one process without any server, with the settings that the
// runtime's model hosts have. Gives the expected answers, and the baseline of the CNN bar.
import { readFile } from 'node:fs/promises';
import { seededInput } from '../models/seeded-input.mjs';
import { answerCalls } from '../processes/answer-calls.mjs';
import { seedOf, WORKLOADS } from '../workloads/index.mjs';

if (process.env.ORT_DISABLE_TELEMETRY !== '1') throw new Error('the telemetry of ONNX Runtime is on');
const ort = await import('onnxruntime-node');

const SESSION_OPTIONS = {
  executionProviders: ['cpu'],
  graphOptimizationLevel: 'all',
  executionMode: 'sequential',
  intraOpNumThreads: 1,
  interOpNumThreads: 1,
  logSeverityLevel: 4,
  extra: { session: { intra_op: { allow_spinning: '0' }, inter_op: { allow_spinning: '0' } } },
};
const load = (onnx) => ort.InferenceSession.create(onnx, SESSION_OPTIONS);
const tensor = (values, shape) => new ort.Tensor('float32', values, shape);

/** The first output, whose order in the file is that of the manifest. */
const firstOutput = async (session, feeds) => (await session.run(feeds))[session.outputNames[0]];

const sessions = new Map();

async function sessionOf(file) {
  if (!sessions.has(file)) sessions.set(file, await load(await readFile(file)));
  return sessions.get(file);
}

function feedsOf({ input, shape, variants, values = seededInput }) {
  return Array.from({ length: variants }, (_, variant) => ({
    [input]: tensor(values(shape, seedOf(variant)), shape),
  }));
}

answerCalls({
  /** Runs an ONNX file once: { shape, values } of its first output. */
  async run({ onnx, feeds }) {
    const session = await load(onnx);
    const inputs = Object.entries(feeds).map(([name, { shape, values }]) => [name, tensor(values, shape)]);
    const { dims, data } = await firstOutput(session, Object.fromEntries(inputs));
    await session.release();
    return { shape: [...dims], values: data };
  },

  /** The right answer to each variant of a workload. */
  async answers({ file, workload }) {
    const session = await sessionOf(file);
    const answers = [];
    for (const feeds of feedsOf(WORKLOADS[workload])) answers.push([...(await firstOutput(session, feeds)).data]);
    return answers;
  },

  /** Runs the inputs of a workload one after another for a time. */
  async loop({ file, workload, seconds }) {
    const session = await sessionOf(file);
    const feeds = feedsOf(WORKLOADS[workload]);
    const started = performance.now();
    let runs = 0;
    while (performance.now() - started < seconds * 1000) await session.run(feeds[runs++ % feeds.length]);
    return { rate: (runs * 1000) / (performance.now() - started), calls: runs };
  },
});
