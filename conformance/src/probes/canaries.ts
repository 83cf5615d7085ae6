import { randomBytes } from 'node:crypto';
import { buildPredict } from '../run/build-predict.js';
import { TargetFailure } from '../run/case-result.js';
import { MOMENT_MS, TIMEOUTS_MS } from '../run/timeouts.js';
import { type Outcome, TargetClient, type TargetOptions } from '../targets/target-client.js';
import type { ProbeContext } from './probe.js';

/** A text that is nowhere else in the world, and where it was put. */
interface Canary {
  readonly where: string;
  readonly text: string;
}

interface Sent {
  readonly canaries: readonly Canary[];
  readonly outcomes: readonly Outcome[];
}

interface Request {
  readonly where: string;
  readonly expected: string;
  readonly fields: (canary: string) => Record<string, unknown>;
  readonly metadata?: (canary: string) => Record<string, string>;
}

const MATMUL = { model: 'conformance-matmul', inputs: { a: 'ramp-3x4.fp32', b: 'eye-4x4.fp32' } } as const;
/** Exact in FP32, and a number that nobody else sends. */
const SECRET_NUMBER = 31_337.271_484_375;
const SECRET_NUMBER_SHOWN = '31337.27';

const tensor = (data: Buffer, shape: readonly number[]) => ({ dataType: 'DATA_TYPE_FP32', shape, data });

/** Each refused for one thing, and with a canary in what is no business of an error. */
const REQUESTS: readonly Request[] = [
  {
    where: 'the metadata and the request id of a request for an unknown model',
    expected: 'NOT_FOUND',
    fields: (canary) => ({ modelName: 'conformance-none', requestId: canary }),
    metadata: (canary) => ({ 'x-patient': canary, authorization: `Basic ${Buffer.from(canary).toString('base64')}` }),
  },
  {
    where: 'a request id that is none',
    expected: 'INVALID_ARGUMENT',
    fields: (canary) => ({ requestId: `${canary}-ä` }),
  },
  {
    where: 'the bytes of a tensor that are too few',
    expected: 'INVALID_ARGUMENT',
    fields: (canary) => ({ inputs: [{ name: 'a', tensor: tensor(Buffer.from(canary), [3, 4]) }] }),
  },
  {
    where: 'the category of a table where a tensor is due',
    expected: 'INVALID_ARGUMENT',
    fields: (canary) => ({ inputs: [{ name: 'a', table: { values: [{ name: canary, category: canary }] } }] }),
  },
  {
    where: 'the text of a sequence where a tensor is due',
    expected: 'INVALID_ARGUMENT',
    fields: (canary) => ({ inputs: [{ name: 'a', sequence: { text: canary } }] }),
  },
];

/** Sends all of them, and one tensor with a number that an error might show. */
async function send(target: TargetOptions, caseId: string, limitMs: number): Promise<Sent> {
  const client = new TargetClient(target, caseId);
  try {
    const canaries: Canary[] = [];
    const outcomes: Outcome[] = [];
    for (const { where, expected, fields, metadata } of REQUESTS) {
      const text = `canary-${randomBytes(6).toString('hex')}`;
      const { request } = buildPredict(MATMUL, '');
      // A target that asks for a token gets its own.
      const { authorization, ...others } = metadata?.(text) ?? {};
      const more = target.token === undefined && authorization !== undefined ? { ...others, authorization } : others;
      const outcome = await client.call('Predict', { ...request, ...fields(text) }, limitMs, more);
      if (outcome.status !== expected) {
        throw new TargetFailure(
          `${where}: expected ${expected}, got ${outcome.status} "${outcome.message.slice(0, 120)}"`,
        );
      }
      canaries.push({ where, text });
      // What was sent to authenticate is as little to be told as what it says.
      if (authorization !== undefined)
        canaries.push({ where: 'the authorization', text: Buffer.from(text).toString('base64') });
      outcomes.push(outcome);
    }
    const numbers = Buffer.from(new Float32Array([SECRET_NUMBER, Number.NaN, 0, 0, 0, 0]).buffer);
    const { request } = buildPredict({ model: 'conformance-relu', inputs: {} }, '');
    const inputs = [{ name: 'x', tensor: tensor(numbers, [1, 6]) }];
    const outcome = await client.call('Predict', { ...request, inputs }, limitMs);
    if (outcome.reason !== 'VALUE_NOT_FINITE') {
      throw new TargetFailure(
        `a tensor with NaN: expected VALUE_NOT_FINITE, got ${outcome.status} / ${outcome.reason}`,
      );
    }
    canaries.push({ where: 'the values of a tensor', text: SECRET_NUMBER_SHOWN });
    return { canaries, outcomes: [...outcomes, outcome] };
  } finally {
    client.close();
  }
}

/** No error, its details and its trailers included, holds any of them. */
export async function canariesInErrors(context: ProbeContext): Promise<string[]> {
  const { canaries, outcomes } = await send(context.target, 'canaries-in-errors', limitOf(context));
  const texts = outcomes.flatMap(({ message, trailers = [], metadata }) => [
    message,
    ...trailers,
    ...Object.values(metadata),
  ]);
  const told = canaries.find(({ text }) => texts.some((one) => one.includes(text)));
  if (told !== undefined) throw new TargetFailure(`an error holds a part of ${told.where}`);
  return [
    `${outcomes.length} refused requests, each as expected; ${canaries.length} canaries in none of ${texts.length} texts`,
  ];
}

/** Nor does the log of a target that the suite has started. */
export async function canariesInLog(context: ProbeContext): Promise<string[]> {
  return withLog(context, async (target, log) => {
    const { canaries, outcomes } = await send(target, 'canaries-in-log', limitOf(context));
    const lines = await log();
    const told = canaries.find(({ text }) => lines.some((line) => line.includes(text)));
    if (told !== undefined) throw new TargetFailure(`the log holds a part of ${told.where}`);
    return [
      `${outcomes.length} refused requests, each as expected; ${canaries.length} canaries in none of ${lines.length} lines of the log`,
    ];
  });
}

/** What a caller sends cannot make a line of the log that looks as if the target had written it. */
export async function forgedLogLines(context: ProbeContext): Promise<string[]> {
  return withLog(context, async (target, log) => {
    const mark = `forged-${randomBytes(6).toString('hex')}`;
    const forged = `x\r\n{"level":"info","message":"${mark}"}\r\n`;
    const client = new TargetClient(target, 'forged-log-lines');
    try {
      const { request } = buildPredict(MATMUL, '');
      const places: readonly (readonly [string, string, Record<string, unknown>])[] = [
        ['model name', 'NOT_FOUND', { modelName: `conformance-none${forged}` }],
        ['version', 'NOT_FOUND', { modelVersion: `1${forged}` }],
        ['request id', 'INVALID_ARGUMENT', { requestId: forged }],
        ['output', 'INVALID_ARGUMENT', { outputs: [forged] }],
        ['input', 'INVALID_ARGUMENT', { inputs: [{ name: forged, tensor: tensor(Buffer.alloc(4), [1]) }] }],
      ];
      for (const [place, expected, fields] of places) {
        const { status } = await client.call('Predict', { ...request, ...fields }, limitOf(context));
        const isFine = status === expected || status === 'INVALID_ARGUMENT';
        if (!isFine) throw new TargetFailure(`line breaks in the ${place}: expected ${expected}, got ${status}`);
      }
      const lines = await log();
      // As an escaped part of one of the target's own lines it does no harm.
      const isForged = lines.some((line) => line.trim() === `{"level":"info","message":"${mark}"}`);
      if (isForged)
        throw new TargetFailure('a caller can write lines of the log: line breaks in a name are not escaped');
      return [`line breaks in ${places.length} fields, each refused; no line of ${lines.length} is the caller's`];
    } finally {
      client.close();
    }
  });
}

/** With the target's process and a way to read what it has written from now on. */
async function withLog(
  context: ProbeContext,
  run: (target: TargetOptions, log: () => Promise<string[]>) => Promise<string[]>,
): Promise<string[]> {
  const own = context.launched === undefined ? await context.launch?.() : undefined;
  const launched = context.launched ?? own;
  if (launched === undefined) throw new RangeError('the case needs a launched target');
  const target = { ...context.target, address: launched.address };
  const scaled = MOMENT_MS * (context.timeScale ?? 1);
  try {
    return await run(target, async () => {
      // Logs are written a moment later.
      await new Promise((resolve) => setTimeout(resolve, 3 * scaled));
      return [...launched.log];
    });
  } finally {
    await own?.stop();
  }
}

function limitOf({ timeScale = 1 }: ProbeContext): number {
  return TIMEOUTS_MS.call * timeScale;
}
