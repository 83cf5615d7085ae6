import { decodeStatusDetails } from '@deephealth/proto';
import {
  DeepHealthError,
  ERROR_CATALOG,
  ERROR_CODES,
  type ErrorCode,
  toContractTensor,
  toGrpcFailure,
} from '@deephealth/sdk';
import { TargetFailure } from '../../run/case-result.js';
import { findLeak } from '../../run/find-leaks.js';
import { TIMEOUTS_MS } from '../../run/timeouts.js';
import type { PlatformQuestion } from '../../simulators/platform-simulator.js';
import { RawClient } from '../../targets/channel-call.js';
import { namedTensor } from '../../tensors/named-tensor.js';
import type { Probe } from '../probe.js';
import { errorOf, MODEL, Sandwiched } from './sandwiched.js';

/** Codes that a client or a command finds by itself; no runtime sends them over the contract. */
const NOT_OF_A_RUNTIME: ReadonlySet<ErrorCode> = new Set([
  'DH_CONNECT_FAILED',
  'DH_RESPONSE_INVALID',
  'DH_CONTRACT_VERSION_UNSUPPORTED',
  'DH_CONFIG_INVALID',
  'DH_INSECURE_BIND_REFUSED',
  'DH_PORT_IN_USE',
  'DH_STORE_UNREADABLE',
  'DH_EDDL_WEIGHTS_INVALID',
  'DH_ECVL_FILE_INVALID',
  'DH_GRAPH_NOT_A_MODEL',
]);
/** Errors of adapters for one kind of platform. */
const OF_A_PLATFORM = /^DH_CDS_/;
const CODES = ERROR_CODES.filter((code) => !NOT_OF_A_RUNTIME.has(code) && !OF_A_PLATFORM.test(code));
const RETRY_AFTER_MS = 1_500;
const DETAILS = { input: 'features', expected: 'this', received: 'that' };

/** Every error that a runtime can give arrives at the client: status, reason, what it names, when to come again. The text is for people. */
export const errorsReachTheClient: Probe = async (context) => {
  const sandwich = new Sandwiched(context);
  const deadlineMs = TIMEOUTS_MS.call * (context.timeScale ?? 1);
  const client = new RawClient(context.target);
  try {
    for (const code of CODES) await errorReaches(sandwich, client, code, deadlineMs);
  } finally {
    client.close();
  }
  return [`${CODES.length} errors arrived with status, reason and all that they name`];
};

async function errorReaches(
  sandwich: Sandwiched,
  client: RawClient,
  code: ErrorCode,
  deadlineMs: number,
): Promise<void> {
  const inputs = [{ name: 'features', tensor: toContractTensor(namedTensor('noise1-1x16.fp32')) }];
  const refuse = refusal(code);
  const outcome = await sandwich.whileRuntime({ model: MODEL, refuse }, () =>
    client.call('Predict', { requestId: code, modelName: MODEL, inputs }, { deadlineMs }),
  );
  const reason = code.slice('DH_'.length);
  const { grpc, retryable, source } = ERROR_CATALOG[code];
  if (outcome.status !== grpc || outcome.reason !== reason || outcome.domain !== 'deephealth') {
    throw new TargetFailure(
      `the runtime's ${grpc} / ${reason} arrives as ${outcome.status} / ${outcome.reason || 'no reason'}`,
    );
  }
  for (const [name, value] of Object.entries({ ...DETAILS, source, retryable: String(retryable) })) {
    if (outcome.metadata[name] !== value) {
      throw new TargetFailure(
        `the error ${reason} names ${name} "${value}", and arrives with "${outcome.metadata[name] ?? ''}"`,
      );
    }
  }
  const retryAfterMs = decodeStatusDetails(outcome.detailsBytes)?.retryAfterMs;
  if (retryAfterMs !== (retryable ? RETRY_AFTER_MS : undefined)) {
    throw new TargetFailure(`when to come again after ${reason} did not arrive as it is`);
  }
}

/** Every error that a runtime can give reaches the platform as an error that names it, and none as another. */
export const errorsReachThePlatform: Probe = async (context) => {
  const sandwich = new Sandwiched(context);
  const names = new Map<string, string>();
  let isOver = false;
  // Some at a time, because there are many; each lane has a model of its own, and goes no further than the first failure.
  const { asks } = sandwich.platform;
  const lanes = asks.map(async (question, lane) => {
    const codes = CODES.filter((_, index) => index % asks.length === lane);
    for (const code of codes) {
      if (isOver) return;
      try {
        await errorReachesPlatform(sandwich, question, code, names);
      } catch (failed) {
        isOver = true;
        throw failed;
      }
    }
  });
  const failed = (await Promise.allSettled(lanes)).find((lane) => lane.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
  if (sandwich.predicts().length < CODES.length) throw new TargetFailure('the runtime was not asked each time');
  return [`${names.size} errors reached the platform, each under its own name`];
};

async function errorReachesPlatform(
  sandwich: Sandwiched,
  question: PlatformQuestion,
  code: ErrorCode,
  names: Map<string, string>,
): Promise<void> {
  const reason = code.slice('DH_'.length);
  const { retryable } = ERROR_CATALOG[code];
  const event = sandwich.event({
    requests: [sandwich.request(question)],
    // An adapter may ask again where it is worth it, and then has to stop in time.
    respondWithinMs: sandwich.within('shortDeadline'),
  });
  const part = await sandwich.whileRuntime({ model: question.model, refuse: refusal(code) }, () => sandwich.ask(event));
  const error = errorOf(part);
  const twin = names.get(error.reason);
  if (twin !== undefined) throw new TargetFailure(`the platform cannot tell ${reason} from ${twin}`);
  names.set(error.reason, reason);
  if (error.reason !== reason)
    throw new TargetFailure(`the runtime's ${reason} reaches the platform as ${error.reason}`);
  if (error.retryable !== retryable) {
    throw new TargetFailure(`the platform is told that ${reason} is ${error.retryable ? '' : 'not '}worth another try`);
  }
  const leak = findLeak(error);
  if (leak !== undefined) throw new TargetFailure(leak);
}

function refusal(code: ErrorCode) {
  const { retryable } = ERROR_CATALOG[code];
  const error = new DeepHealthError(code, 'Made for the conformance suite.', {
    details: DETAILS,
    ...(retryable && { retryAfterMs: RETRY_AFTER_MS }),
  });
  return toGrpcFailure(error);
}
