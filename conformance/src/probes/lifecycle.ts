import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import type { runtimeV1 } from '@deephealth/proto';
import type { Step } from '../cases/case-types.js';
import { BROKEN_PACKAGES, BROKEN_VERSION } from '../models/broken.js';
import { NotJudged, TargetFailure } from '../run/case-result.js';
import { findLeak } from '../run/find-leaks.js';
import { withOwnProcess } from '../targets/own-process.js';
import { encode, frame, pathOf, RawGrpc } from '../targets/raw-grpc.js';
import type { Outcome, TargetClient } from '../targets/target-client.js';
import { checkItem, OpenStream, requestOf, resultOf } from './open-stream.js';
import type { Probe, ProbeContext } from './probe.js';
import { held, moment, timed, waitMs } from './waits.js';

type Summary = runtimeV1.ModelSummary__Output;

const slowItem = (seed: number) => ({ model: 'conformance-slow', inputs: { x: `noise${seed}-1x4.fp32` } });
const askRelu: Step = {
  predict: { model: 'conformance-relu', inputs: { x: 'noise1-2x6.fp32' } },
  within: 'load',
  expect: { outputs: { y: 'golden' } },
};

async function summaryOf(client: TargetClient, name: string, context: ProbeContext): Promise<Summary> {
  const { status, response } = await client.call('ListModels', { name }, waitMs('call', context));
  if (status !== 'OK') throw new TargetFailure(`ListModels is answered ${status}`);
  const found = (response as runtimeV1.ListModelsResponse__Output).models.find((model) => model.name === name);
  if (found === undefined) throw new TargetFailure(`${name} is in the store and not listed`);
  return found;
}

/** The reason that a version which was refused is listed with. */
function reasonOf({ name, state, stateReason }: Summary): string {
  if (state === 'MODEL_STATE_READY') throw new TargetFailure(`${name} is broken and READY`);
  if (!stateReason?.reason) throw new TargetFailure(`${name} is ${state} without a reason`);
  if (stateReason.message === '') throw new TargetFailure(`${name} is refused without a sentence`);
  const leak = findLeak({ message: stateReason.message, metadata: {} } as Outcome);
  if (leak !== undefined) throw new TargetFailure(leak.replace('the error', 'the reason'));
  return stateReason.reason;
}

/** A package that is broken is listed with what is wrong with it. */
const brokenListed: Probe = async (context) => {
  const { client } = context;
  const name = String(context.with.package);
  const broken = BROKEN_PACKAGES.find((one) => one.name === name);
  if (broken === undefined) throw new RangeError(`the suite has no broken package "${name}"`);
  const reason = reasonOf(await summaryOf(client, name, context));
  if (!broken.reasons.includes(reason)) {
    throw new TargetFailure(`${broken.title}: expected ${broken.reasons.join(' or ')}, got ${reason}`);
  }
  return [`listed as refused for ${reason}`];
};

/** Whatever is asked of it, a broken package is refused with its reason and does not serve. */
const brokenRefused: Probe = async (context) => {
  const { client } = context;
  const name = String(context.with.package);
  const reason = reasonOf(await summaryOf(client, name, context));
  const which = { name, version: BROKEN_VERSION };
  const loaded = await client.call('LoadModel', which, waitMs('load', context));
  if (loaded.status !== 'FAILED_PRECONDITION' || loaded.reason !== reason) {
    throw new TargetFailure(
      `LoadModel: expected FAILED_PRECONDITION / ${reason}, as it is listed, got ${loaded.status} / ${loaded.reason}`,
    );
  }
  const verified = await client.call('VerifyModel', which, waitMs('load', context));
  if (verified.status === 'OK') reasonOf((verified.response as runtimeV1.VerifyModelResponse__Output).model as Summary);
  const inputs = requestOf({ model: name, inputs: { x: 'ones-1x4.fp32' } });
  const asked = await client.call('Predict', inputs, waitMs('call', context));
  if (asked.status !== 'FAILED_PRECONDITION') throw new TargetFailure(`Predict is answered ${asked.status}`);
  const after = reasonOf(await summaryOf(client, name, context));
  if (after !== reason) throw new TargetFailure(`it was refused for ${reason}, and now for ${after}`);
  return [`LoadModel refused with ${reason}`, `Predict refused with ${asked.reason}`, 'still refused after all that'];
};

/** Files that change under a version that serves. */
const changedFiles: Probe = async (context) =>
  withOwnProcess(context.launch, ['conformance-relu'], async ({ client, models: [relu] }) => {
    const { ask } = context;
    if (relu === undefined) throw new RangeError('the store has no model');
    const before = await summaryOf(client, relu.model.name, context);
    if (before.state !== 'MODEL_STATE_READY') throw new TargetFailure(`a sound package is ${before.state}`);
    appendFileSync(join(relu.folder, 'model.onnx'), Buffer.alloc(1));
    const which = { name: relu.model.name, version: relu.model.version };
    const { status } = await client.call('VerifyModel', which, waitMs('load', context));
    const after = await summaryOf(client, relu.model.name, context);
    const reason = reasonOf(after);
    const refused = await ask({ ...askRelu, expect: { status: 'FAILED_PRECONDITION' } }, client);
    return [`READY before, then VerifyModel: ${status}, and ${after.state} for ${reason}`, ...refused];
  });

/** A load that comes while the version still drains. */
const loadWhileUnloading: Probe = async (context) => {
  const { client, ask } = context;
  const which = { name: 'conformance-slow', version: '1' };
  const slow: Step = { predict: slowItem(1), within: 'load', expect: { outputs: { y: 'golden' } } };
  const running = held(ask(slow));
  await moment(context, 0.5);
  const unloading = held(client.call('UnloadModel', which, waitMs('load', context)));
  await moment(context, 0.5);
  const loaded = await client.call('LoadModel', which, waitMs('load', context));
  const evidence = await running;
  await unloading;
  if (loaded.status !== 'OK') throw new TargetFailure(`the load is answered ${loaded.status} / ${loaded.reason}`);
  const { state } = await summaryOf(client, which.name, context);
  if (state !== 'MODEL_STATE_READY') throw new TargetFailure(`the load was answered, and the version is ${state}`);
  return [...evidence, 'the load was answered', ...(await ask({ ...slow, predict: slowItem(2) }))];
};

/** SIGTERM while an item of a stream runs. */
const stopWhileRunning: Probe = async (context) =>
  withOwnProcess(context.launch, ['conformance-slow'], async ({ client, target }) => {
    const stream = new OpenStream(client, waitMs('load', context));
    await stream.ready();
    stream.send('runs', requestOf(slowItem(1)));
    const unary = held(
      context.ask({ predict: slowItem(2), within: 'load', expect: { outputs: { y: 'golden' } } }, client),
    );
    await moment(context);
    const stopped = target.stop();
    await stream.answered(1);
    checkItem(resultOf(stream.results, 'runs'), slowItem(1), { outputs: { y: 'golden' } }, context);
    const evidence = await unary;
    await stopped;
    return ['the item of a stream that ran at SIGTERM is answered rightly', ...evidence];
  });

/** SIGTERM while callers hold connections and streams open and do nothing. */
const stopWhileIdle: Probe = async (context) =>
  withOwnProcess(context.launch, ['conformance-relu'], async ({ client, target }) => {
    await context.ask(askRelu, client);
    const stream = new OpenStream(client, waitMs('load', context));
    await stream.ready();
    const raw = await RawGrpc.connect({ address: target.address }, waitMs('connect', context));
    const watch = raw.send(pathOf('WatchModels'), frame(encode('WatchModels', {})));
    await watch.messages(1, waitMs('call', context));
    let code: number | null = null;
    const tookMs = await timed(async () => {
      code = await target.stop();
    });
    raw.close();
    if (code !== 0) throw new TargetFailure(`it ends with ${code ?? 'SIGKILL, as it did not end in time'}, not with 0`);
    return [`ended by itself ${Math.round(tookMs)} ms after SIGTERM, with streams open`];
  });

/** Stopped, and started again on the same store. */
const startAgain: Probe = async (context) =>
  withOwnProcess(context.launch, ['conformance-relu'], async ({ client, target, again, models: [relu] }) => {
    const evidence = await context.ask(askRelu, client);
    const before = await summaryOf(client, 'conformance-relu', context);
    if ((await target.stop()) === null) throw new NotJudged('inconclusive', 'it did not end by itself');
    const second = await again();
    const after = await summaryOf(second.client, 'conformance-relu', context);
    if (after.state !== 'MODEL_STATE_READY' || after.packageSha256 !== before.packageSha256) {
      throw new TargetFailure(`started again, it has the version as ${after.state} with ${after.packageSha256}`);
    }
    if (after.packageSha256 !== relu?.packageSha256) throw new TargetFailure('it tells of another package');
    return [...evidence, 'started again with the same package', ...(await context.ask(askRelu, second.client))];
  });

export const LIFECYCLE_PROBES = {
  'broken-listed': brokenListed,
  'broken-refused': brokenRefused,
  'changed-files': changedFiles,
  'load-while-unloading': loadWhileUnloading,
  'stop-while-running': stopWhileRunning,
  'stop-while-idle': stopWhileIdle,
  'start-again': startAgain,
} satisfies Record<string, Probe>;
