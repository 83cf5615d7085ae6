import { isDeepStrictEqual } from 'node:util';
import { encodeStatusDetails, type runtimeV1 } from '@deephealth/proto';
import { DeepHealthError, type GrpcFailure, type RawTensor, toContractTensor, toGrpcFailure } from '@deephealth/sdk';
import { Metadata, status } from '@grpc/grpc-js';
import { TargetFailure } from '../../run/case-result.js';
import { TIMEOUTS_MS } from '../../run/timeouts.js';
import { asReceived, encodeMessage, rawCall } from '../../targets/channel-call.js';
import { namedTensor } from '../../tensors/named-tensor.js';
import type { Probe } from '../probe.js';
import { MADE_PROVENANCE, madeAnswer } from './made-answers.js';
import { MODEL, predictOf, Sandwiched } from './sandwiched.js';

/** A field that no contract of today has, `15999: "conformance"`: what a newer one may say. */
const NEWER_FIELD = Buffer.concat([Buffer.from([0xfa, 0xe7, 0x07, 11]), Buffer.from('conformance')]);
/** Reason that no catalogue of today has. */
const NEWER_REASON = 'REASON_OF_A_NEWER_CONTRACT';

const features = (name: string) => [{ name: 'features', tensor: toContractTensor(namedTensor(name)) }];

/** Every field of a request that the runtime must get as the client sent it; `with.field` is the one looked at. */
export const requestArrives: Probe = async (context) => {
  const sandwich = new Sandwiched(context);
  const field = context.with.field as keyof runtimeV1.PredictRequest__Output;
  const sent: runtimeV1.PredictRequest = {
    requestId: `conformance ${context.with.field} ~`,
    modelName: MODEL,
    modelVersion: '1',
    expectedPackageSha256: context.models.find(({ model }) => model.name === MODEL)?.packageSha256 ?? '',
    inputs: features('noise3-2x16.fp32'),
    outputs: ['probabilities'],
    priority: 'PRIORITY_STAT',
  };
  const { status: outcome, reason } = await context.client.call('Predict', sent, callMs(sandwich));
  if (outcome !== 'OK') throw new TargetFailure(`expected OK, got ${outcome} ${reason}`);
  const request = predictOf(sandwich.asked());
  const expected = asReceived<runtimeV1.PredictRequest__Output>('Predict', 'request', sent);
  if (!(field in expected)) throw new RangeError(`a request has no field ${field}`);
  if (!isDeepStrictEqual(request[field], expected[field])) {
    throw new TargetFailure(`the runtime got another ${field} than the client sent`);
  }
  return [`the runtime got ${field} as it was sent`];
};

/** Findings of every kind, provenance and warnings: the client must get the runtime's answer as it is. */
export const answerArrives: Probe = async (context) => {
  const sandwich = new Sandwiched(context);
  const requestId = 'answer';
  const { response } = madeAnswer(() => true);
  const expected = asReceived<runtimeV1.PredictResponse__Output>('Predict', 'response', { ...response, requestId });
  const received = await sandwich.whileRuntime({ model: MODEL, answer: response }, async () => {
    const request = { requestId, modelName: MODEL, inputs: features('noise1-1x16.fp32') };
    const outcome = await rawCall(context.target, 'Predict', request, { deadlineMs: callMs(sandwich) });
    if (outcome.status !== 'OK') throw new TargetFailure(`expected OK, got ${outcome.status} ${outcome.reason}`);
    return outcome.response as runtimeV1.PredictResponse__Output;
  });
  for (const [index, finding] of expected.findings.entries()) {
    if (!isDeepStrictEqual(received.findings[index], finding)) {
      throw new TargetFailure(`a finding that is a ${finding.value} did not arrive as it was given`);
    }
  }
  for (const field of ['requestId', 'warnings', 'provenance'] as const) {
    if (!isDeepStrictEqual(received[field], expected[field])) {
      throw new TargetFailure(`the answer's ${field} did not arrive as the runtime gave it`);
    }
  }
  return [`${expected.findings.length} findings, warnings and provenance arrived as they were given`];
};

/** What a newer contract says: a field of the request, a field of the answer, a reason. */
export const newerContract: Probe = async (context) => {
  const sandwich = new Sandwiched(context);
  const deadlineMs = callMs(sandwich);
  const message = { requestId: 'newer', modelName: MODEL, inputs: features('noise1-1x16.fp32') };
  const request = Buffer.concat([encodeMessage('Predict', 'request', message), NEWER_FIELD]);
  const { response } = madeAnswer((kind) => kind === 'classification');
  const answer = Buffer.concat([
    encodeMessage('Predict', 'response', { ...response, requestId: 'newer' }),
    NEWER_FIELD,
  ]);
  const outcome = await sandwich.whileRuntime({ model: MODEL, answer }, () =>
    rawCall(context.target, 'Predict', request, { deadlineMs }),
  );
  if (outcome.status !== 'OK') throw new TargetFailure(`expected OK, got ${outcome.status} ${outcome.reason}`);
  const { requestBytes = Buffer.alloc(0) } = sandwich.asked();
  if (!requestBytes.includes(NEWER_FIELD)) throw new TargetFailure('an unknown field of the request was left out');
  if (!outcome.responseBytes?.includes(NEWER_FIELD))
    throw new TargetFailure('an unknown field of the answer was left out');
  const refused = await sandwich.whileRuntime({ model: MODEL, refuse: newerRefusal() }, () =>
    rawCall(context.target, 'Predict', message, { deadlineMs }),
  );
  if (refused.status !== 'FAILED_PRECONDITION' || refused.reason !== NEWER_REASON) {
    throw new TargetFailure(
      `expected FAILED_PRECONDITION / ${NEWER_REASON}, got ${refused.status} / ${refused.reason}`,
    );
  }
  return ['unknown fields of request and answer arrived', 'an unknown reason arrived'];
};

/** The deadline at the runtime is the caller's, whichever that is. */
export const deadlineArrives: Probe = async (context) => {
  const sandwich = new Sandwiched(context);
  const tolerance = sandwich.within('deadlineTolerance');
  const evidence: string[] = [];
  for (const deadlineMs of [callMs(sandwich), callMs(sandwich) / 2]) {
    const requestId = `deadline ${deadlineMs}`;
    const request = { requestId, modelName: MODEL, inputs: features('noise1-1x16.fp32') };
    await rawCall(context.target, 'Predict', request, { deadlineMs });
    const { remainingMs } = sandwich.asked((call) => predictOf(call).requestId === requestId);
    if (Math.abs(remainingMs - deadlineMs) > tolerance) {
      throw new TargetFailure(
        `the client gives ${deadlineMs} ms, and the runtime sees ${Number.isFinite(remainingMs) ? `${Math.round(remainingMs)} ms` : 'no deadline'}`,
      );
    }
    evidence.push(`of ${deadlineMs} ms the runtime sees ${Math.round(remainingMs)} ms`);
  }
  return evidence;
};

/** A client that cancels is felt by the runtime; `with.call` is `unary` or `stream`. */
export const cancellationArrives: Probe = async (context) => {
  const sandwich = new Sandwiched(context);
  const isStream = context.with.call === 'stream';
  const request = { requestId: 'cancelled', modelName: 'conformance-slow', inputs: [slowInput()] };
  const cancel = new AbortController();
  let ended: Promise<unknown>;
  if (isStream) {
    const stream = context.client.stream(callMs(sandwich));
    ended = new Promise((resolve) => stream.on('error', resolve));
    stream.on('data', () => undefined);
    stream.write({ itemId: 'one', request });
    cancel.signal.addEventListener('abort', () => stream.cancel());
  } else {
    ended = rawCall(context.target, 'Predict', request, { deadlineMs: callMs(sandwich), signal: cancel.signal });
  }
  const method = isStream ? 'PredictStream' : 'Predict';
  const behaviour = { method, hang: true } as const;
  return sandwich.whileRuntime(behaviour, async () => {
    const call = await sandwich.comes(method);
    if (call.cancelledAt !== undefined) throw new TargetFailure('the runtime was left before the client cancelled');
    const cancelled = performance.now();
    cancel.abort();
    await ended;
    return [`the runtime heard of it after ${await sandwich.felt(call, cancelled, 'client')} ms`];
  });
};

/** A tensor of megabytes, through the contract's face. */
export const largeTensorArrives: Probe = async (context) => {
  const sandwich = new Sandwiched(context);
  const tensor = largeTensor(Number(context.with.bytes));
  const inputs = [{ name: 'x', tensor: toContractTensor(tensor) }];
  const model = 'conformance-identity-uint8';
  const request = { requestId: 'large', modelName: model, inputs };
  // Made, because what computes it is not the question.
  const answer = { findings: [{ name: 'y', tensor: toContractTensor(tensor) }], provenance: MADE_PROVENANCE };
  const outcome = await sandwich.whileRuntime({ model, answer }, () =>
    rawCall(context.target, 'Predict', request, { deadlineMs: callMs(sandwich) }),
  );
  if (outcome.status !== 'OK') throw new TargetFailure(`expected OK, got ${outcome.status} ${outcome.message}`);
  const asked = predictOf(sandwich.asked()).inputs[0]?.tensor;
  const answered = (outcome.response as runtimeV1.PredictResponse__Output).findings[0]?.tensor;
  for (const [place, received] of [
    ['the runtime', asked],
    ['the client', answered],
  ] as const) {
    if (!received || !Buffer.from(tensor.data).equals(received.data)) {
      throw new TargetFailure(`${place} got another tensor than was sent`);
    }
  }
  return [`${tensor.data.byteLength} bytes arrived at the runtime and came back`];
};

/** One request is one question to the runtime, whether it answers or asks to come again. */
export const asksOnce: Probe = async (context) => {
  const sandwich = new Sandwiched(context);
  const isRefused = context.with.outcome === 'refused';
  const request = { requestId: 'once', modelName: MODEL, inputs: features('noise1-1x16.fp32') };
  const ask = () => rawCall(context.target, 'Predict', request, { deadlineMs: callMs(sandwich) });
  const refuse = toGrpcFailure(new DeepHealthError('DH_MODEL_NOT_READY', 'Made for the conformance suite.'));
  const { status: outcome } = isRefused ? await sandwich.whileRuntime({ model: MODEL, refuse }, ask) : await ask();
  const expected = isRefused ? 'UNAVAILABLE' : 'OK';
  if (outcome !== expected) throw new TargetFailure(`expected ${expected}, got ${outcome}`);
  const { length } = sandwich.predicts();
  if (length !== 1) throw new TargetFailure(`for one request the runtime was asked ${length} times`);
  return [`${outcome}, and the runtime was asked once`];
};

/** W3C Trace Context, which the metadata of a call carries. */
export const traceContextArrives: Probe = async (context) => {
  const sandwich = new Sandwiched(context);
  const trace = '4bf92f3577b34da6a3ce929d0e0e4736';
  const request = { requestId: 'traced', modelName: MODEL, inputs: features('noise1-1x16.fp32') };
  const metadata = { traceparent: `00-${trace}-00f067aa0ba902b7-01` };
  await rawCall(context.target, 'Predict', request, { deadlineMs: callMs(sandwich), metadata });
  const [received = ''] = sandwich.asked().metadata.traceparent ?? [];
  // An adapter may be a span of its own in the trace.
  if (!received.startsWith(`00-${trace}-`))
    throw new TargetFailure('the runtime does not see the trace of the request');
  return ["the runtime sees the request's trace"];
};

/** Whatever a rerun case found, the runtime behind the adapter was asked, and its answer is what the client got. */
export const runtimeWasAsked: Probe = async (context) => {
  const sandwich = new Sandwiched(context);
  const requestId = `parity ${sandwich.from}`;
  const inputs = features('noise21-1x16.fp32');
  const outcome = await context.client.call('Predict', { requestId, modelName: MODEL, inputs }, callMs(sandwich));
  if (outcome.status !== 'OK') throw new TargetFailure(`expected OK, got ${outcome.status} ${outcome.reason}`);
  sandwich.asked((call) => predictOf(call).requestId === requestId);
  return ['the runtime behind the adapter was asked'];
};

function callMs({ context }: Sandwiched): number {
  return TIMEOUTS_MS.call * (context.timeScale ?? 1);
}

/** No stretch of it is like another. */
function largeTensor(bytes: number): RawTensor {
  const data = Buffer.alloc(bytes);
  for (let at = 0; at + 4 <= bytes; at += 4) data.writeUInt32LE(Math.imul(at, 2_654_435_761) >>> 0, at);
  return { dataType: 'UINT8', shape: [bytes], data };
}

function slowInput(): runtimeV1.NamedInput {
  return { name: 'x', tensor: toContractTensor(namedTensor('noise1-1x4.fp32')) };
}

/** With a reason that the sdk's own error cannot name. */
function newerRefusal(): GrpcFailure {
  const details = 'Made for the conformance suite.';
  const metadata = new Metadata();
  metadata.set(
    'grpc-status-details-bin',
    encodeStatusDetails({
      code: status.FAILED_PRECONDITION,
      message: details,
      errorInfo: { reason: NEWER_REASON, domain: 'deephealth', metadata: { source: 'runtime', retryable: 'false' } },
    }),
  );
  return { code: status.FAILED_PRECONDITION, details, metadata };
}
