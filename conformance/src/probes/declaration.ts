import type { runtimeV1 } from '@deephealth/proto';
import type { ServiceError } from '@grpc/grpc-js';
import { compareFeatures } from '../declaration/compare-features.js';
import { buildPredict } from '../run/build-predict.js';
import { NotJudged, TargetFailure } from '../run/case-result.js';
import { TIMEOUTS_MS } from '../run/timeouts.js';
import { shortText } from '../targets/exchange.js';
import { frame, rawCall } from '../targets/raw-call.js';
import { methodOf, type Outcome, outcomeOf } from '../targets/target-client.js';
import type { Probe, ProbeContext } from './probe.js';

const MODEL = 'conformance-matmul';
const VERSION = '1';
const INPUTS = { a: 'ramp-3x4.fp32', b: 'eye-4x4.fp32' };
const LARGEST_STATUS = 16;

export const DECLARATION_PROBES: Readonly<Record<string, Probe>> = {
  'declared-features': async (context) => {
    const compared = await comparison(context);
    const wrong = compared.filter(({ result }) => result === 'absent' || result === 'denied');
    if (wrong.length > 0) {
      const said = wrong.map(({ feature, result }) =>
        result === 'absent'
          ? `"${feature}" is declared, and GetServerInfo does not name it`
          : `"${shortText(feature)}" is declared as not offered, and GetServerInfo names it`,
      );
      throw new TargetFailure(said.join('; '));
    }
    return compared
      .filter(({ result }) => result === 'agrees')
      .map(
        ({ feature, observed }) =>
          `${feature}: ${observed ? 'declared and named' : 'declared as not offered, and not named'}`,
      );
  },

  'undeclared-features': async (context) => {
    const compared = await comparison(context);
    const undeclared = compared
      .filter(({ result }) => result === 'undeclared')
      .map(({ feature }) => shortText(feature));
    if (undeclared.length > 0) {
      throw new TargetFailure(`GetServerInfo names what the declaration does not mention: ${undeclared.join(', ')}`);
    }
    return [`${compared.length} features, each of them declared`];
  },

  'feature-works-or-is-refused': async (context) => {
    const feature = String(context.with.feature);
    const question = QUESTIONS[feature];
    if (question === undefined) throw new RangeError(`nothing is known to ask of the feature "${feature}"`);
    const isNamed = (await namedFeatures(context)).has(feature);
    const outcome = await question.ask(context);
    if (!isNamed || question.isAlwaysRefused === true) return refused(outcome, feature);
    if (outcome.status !== 'OK') {
      throw new TargetFailure(
        `"${feature}" is named in GetServerInfo, and got ${outcome.status} ${shortText(outcome.message)}`,
      );
    }
    return [`named in GetServerInfo, and ${question.works(outcome)}`];
  },

  'form-of-an-answer': async (context) => {
    const { client, target } = context;
    const limitMs = TIMEOUTS_MS.call * (context.timeScale ?? 1);
    const { path, requestSerialize, responseDeserialize } = methodOf('GetServerInfo');
    const right = await rawCall(target, { path, body: frame(requestSerialize({})) }, limitMs);
    if (right.httpStatus !== 200)
      throw new TargetFailure(`HTTP status ${right.httpStatus ?? 'none'} (${right.status} ${right.message})`);
    const contentType = String(right.headers['content-type'] ?? '');
    if (!/^application\/grpc(?:\+proto)?(?:;|$)/.test(contentType)) {
      throw new TargetFailure(`the content type must be application/grpc, got "${shortText(contentType)}"`);
    }
    if (right.trailers['grpc-status'] !== '0') {
      throw new TargetFailure(
        `an answer must end with the trailer grpc-status: 0, got "${right.trailers['grpc-status'] ?? ''}"`,
      );
    }
    const { body } = right;
    if (body.byteLength < 5 || body.readUInt32BE(1) !== body.byteLength - 5) {
      throw new TargetFailure(
        `an answer must be one message of the length that it states, got ${body.byteLength} bytes`,
      );
    }
    let info: runtimeV1.GetServerInfoResponse__Output;
    try {
      info = responseDeserialize(body.subarray(5)) as runtimeV1.GetServerInfoResponse__Output;
    } catch {
      throw new TargetFailure('the message of the answer cannot be read');
    }
    if (info.contractVersions.length === 0)
      throw new TargetFailure('the message of the answer names no contract version');
    const wrong = await client.call('GetModel', { name: 'conformance-none' }, limitMs);
    if (!isStatus(wrong))
      throw new TargetFailure(`an error must have a status from 1 to ${LARGEST_STATUS}, got ${wrong.status}`);
    return [`HTTP 200, ${contentType}, ${body.byteLength} bytes, trailer grpc-status 0`, `an error is ${wrong.status}`];
  },
};

interface Question {
  /** Asks for the feature. */
  ask(context: ProbeContext): Promise<Outcome>;
  /** What was seen where it is there. */
  works(outcome: Outcome): string;
  /** The suite's models do not have it, whatever the target can do. */
  readonly isAlwaysRefused?: boolean;
}

const QUESTIONS: Readonly<Record<string, Question>> = {
  sequences: {
    ask: async (context) => {
      const { request } = buildPredict(
        { model: MODEL, inputs: INPUTS, fields: { sequenceContext: { sequenceId: 'conformance', isStart: true } } },
        '',
      );
      return context.client.call('Predict', request, limitOf(context));
    },
    works: () => '',
    isAlwaysRefused: true,
  },
  'predict-stream': {
    ask: (context) =>
      new Promise((resolve) => {
        const call = context.client.stream(limitOf(context));
        const ok = { status: 'OK', message: '', reason: '', domain: '', metadata: {} };
        call.once('data', (first: runtimeV1.PredictStreamResponse__Output) => {
          resolve(
            first.ready
              ? { ...ok, response: first }
              : { ...ok, status: 'NO_READY', message: 'the first message is no Ready' },
          );
          call.end();
        });
        call.on('error', (error) => resolve(outcomeOf(error as ServiceError)));
        call.on('end', () => resolve({ ...ok, status: 'NO_READY', message: 'the stream ended without a message' }));
        call.resume();
      }),
    works: ({ response }) =>
      `a stream opens with Ready for ${(response as runtimeV1.PredictStreamResponse__Output).ready?.maxInFlight} items`,
  },
  'verify-model': {
    ask: (context) =>
      context.client.call(
        'VerifyModel',
        { name: MODEL, version: VERSION },
        TIMEOUTS_MS.load * (context.timeScale ?? 1),
      ),
    works: ({ response }) =>
      `a version was verified: ${(response as runtimeV1.VerifyModelResponse__Output).report?.checks.length ?? 0} checks`,
  },
  'watch-models': {
    ask: async (context) => {
      const watched = await context.client.collect<runtimeV1.WatchModelsResponse__Output>(
        'WatchModels',
        { name: MODEL },
        limitOf(context),
        ({ isSnapshotComplete }) => isSnapshotComplete,
      );
      const isWhole = watched.answers.some(({ model }) => model?.name === MODEL);
      if (watched.status !== 'OK' || isWhole) return { ...watched, response: watched.answers };
      return { ...watched, status: 'NO_SNAPSHOT', message: 'the snapshot does not hold the model' };
    },
    works: ({ response }) => `a snapshot of ${(response as unknown[]).length} versions came`,
  },
};

function refused(outcome: Outcome, feature: string): string[] {
  const { status, reason, message } = outcome;
  if (status !== 'UNIMPLEMENTED' || reason !== 'FEATURE_UNSUPPORTED') {
    const got = `${status}${reason === '' ? '' : ` / ${reason}`} ${shortText(message)}`.trim();
    throw new TargetFailure(`"${feature}" is not there, so expected UNIMPLEMENTED / FEATURE_UNSUPPORTED, got ${got}`);
  }
  return ['not there, and refused with UNIMPLEMENTED / FEATURE_UNSUPPORTED'];
}

async function namedFeatures(context: ProbeContext): Promise<ReadonlySet<string>> {
  const info = await context.client.call('GetServerInfo', {}, limitOf(context));
  if (info.status !== 'OK') throw new TargetFailure(`GetServerInfo got ${info.status} ${shortText(info.message)}`);
  return new Set((info.response as runtimeV1.GetServerInfoResponse__Output).features);
}

async function comparison(context: ProbeContext) {
  if (context.declaration === undefined)
    throw new NotJudged('notApplicable', 'no declaration was given (--declaration)');
  const compared = compareFeatures(context.declaration.features, await namedFeatures(context));
  if (compared.length === 0) throw new NotJudged('notApplicable', 'no feature is declared, and none is named');
  return compared;
}

function isStatus({ status }: Outcome): boolean {
  return /^[A-Z_]+$/.test(status) && status !== 'OK';
}

function limitOf({ timeScale = 1 }: ProbeContext): number {
  return TIMEOUTS_MS.call * timeScale;
}
