import type { runtimeV1 } from '@deephealth/proto';
import { tensorFromValues, tensorValues, toContractTensor } from '@deephealth/sdk';
import { TargetFailure } from '../run/case-result.js';
import type { Outcome } from '../targets/target-client.js';
import { itemOutcome, OpenStream, resultOf } from './open-stream.js';
import type { Probe, ProbeContext } from './probe.js';
import { waitMs } from './waits.js';

const MODEL = 'conformance-running-sum';
const WIDTH = 4;

/** One item of a sequence, as a case writes it down. */
interface Item {
  readonly sequence: string;
  /** Every element of the item. */
  readonly x: number;
  readonly start?: boolean;
  readonly end?: boolean;
  /** Elements sent; another number than four is refused. */
  readonly width?: number;
  /** What the sum must be, and the place of the item in its sequence. */
  readonly sum?: number;
  readonly place?: number;
  /** Or the refusal. */
  readonly status?: string;
  readonly reason?: string;
}

/** Or an order about the model, between two items. */
interface Order {
  readonly rpc: 'UnloadModel' | 'LoadModel';
}

/** Items one after the other, each answered before the next is sent. */
const sequence: Probe = async (context) => {
  const evidence: string[] = [];
  for (const step of context.with.items as readonly (Item | Order)[]) {
    if ('rpc' in step) {
      const { status } = await context.client.call(step.rpc, { name: MODEL, version: '1' }, waitMs('load', context));
      if (status !== 'OK') throw new TargetFailure(`${step.rpc} is answered ${status}`);
      continue;
    }
    const outcome = await context.client.call('Predict', toRequest(step, context), waitMs('call', context));
    evidence.push(check(outcome, step, context));
  }
  return evidence;
};

/** Items of one or more sequences on one stream, all sent at once. */
const sequenceStream: Probe = async (context) => {
  const items = context.with.items as readonly Item[];
  const stream = new OpenStream(context.client, waitMs('call', context));
  const maxInFlight = await stream.ready();
  const evidence: string[] = [];
  for (const [index, item] of items.entries()) {
    await stream.answered(index + 1 - maxInFlight);
    stream.send(`item-${index}`, toRequest(item, context));
  }
  stream.halfClose();
  await stream.closed();
  for (const [index, item] of items.entries()) {
    evidence.push(check(itemOutcome(resultOf(stream.results, `item-${index}`)), item, context));
  }
  return evidence;
};

/** Each case has ids of its own, so that none meets what another left open. */
function idOf({ sequence: name }: Item, { with: { prefix = '' } }: ProbeContext): string {
  return name === '' ? '' : `${prefix}${name}`;
}

function toRequest(item: Item, context: ProbeContext): runtimeV1.PredictRequest {
  const { x, width = WIDTH, start = false, end = false } = item;
  const tensor = tensorFromValues(
    'FP32',
    [1, width],
    Array.from({ length: width }, () => x),
  );
  return {
    modelName: MODEL,
    inputs: [{ name: 'x', tensor: toContractTensor(tensor) }],
    sequenceContext: { sequenceId: idOf(item, context), isStart: start, isEnd: end },
  };
}

function check(outcome: Outcome, item: Item, context: ProbeContext): string {
  const { sequence: name, sum, place, status = 'OK', reason = '' } = item;
  const label = `item of sequence "${name}"`;
  if (outcome.status !== status || outcome.reason !== reason) {
    throw new TargetFailure(
      `${label}: expected ${status}${reason && ` / ${reason}`}, got ${outcome.status}${outcome.reason && ` / ${outcome.reason}`}`,
    );
  }
  if (status !== 'OK') return `${label}: ${status} / ${reason}`;
  const { findings, provenance } = outcome.response as runtimeV1.PredictResponse__Output;
  const given = findings.find((finding) => finding.name === 'y')?.tensor;
  const values =
    given?.dataType === 'DATA_TYPE_FP32' && given.data.length === 4 * WIDTH
      ? tensorValues({ dataType: 'FP32', shape: [1, WIDTH], data: given.data })
      : [];
  if (values.length !== WIDTH || values.some((value) => value !== sum)) {
    throw new TargetFailure(`${label}: expected the sum ${sum}, got ${values.length === 0 ? 'no tensor' : values}`);
  }
  if (provenance?.sequenceId !== idOf(item, context)) throw new TargetFailure(`${label}: it is told of another one`);
  if (place !== undefined && Number(provenance.sequencePosition) !== place) {
    throw new TargetFailure(`${label}: expected place ${place}, got ${provenance.sequencePosition}`);
  }
  return `${label}: sum ${sum}${place === undefined ? '' : ` at place ${place}`}`;
}

export const SEQUENCE_PROBES = { sequence, 'sequence-stream': sequenceStream } satisfies Record<string, Probe>;
