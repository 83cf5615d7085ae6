import type { runtimeV1 } from '@deephealth/proto';
import { TargetFailure } from '../run/case-result.js';
import { decode, encode, frame, pathOf, type RawCall, RawGrpc } from '../targets/raw-grpc.js';
import type { Probe, ProbeContext } from './probe.js';
import { held, waitMs } from './waits.js';

type Event = runtimeV1.WatchModelsResponse__Output;

const keyOf = ({ name, version }: { name: string; version: string }) => `${name} ${version}`;

/** Events of one WatchModels call, as they come. */
class Watch {
  readonly #raw: RawGrpc;
  readonly #call: RawCall;
  readonly #waitMs: number;

  private constructor(raw: RawGrpc, name: string, limitMs: number) {
    this.#raw = raw;
    this.#waitMs = limitMs;
    this.#call = raw.send(pathOf('WatchModels'), frame(encode('WatchModels', { name })));
  }

  static async open(context: ProbeContext, name: string): Promise<Watch> {
    const raw = await RawGrpc.connect(context.target, waitMs('connect', context));
    return new Watch(raw, name, waitMs('call', context));
  }

  /** The first `count` events. Throws TargetFailure if they do not come. */
  async events(count: number): Promise<Event[]> {
    const messages = await this.#call.messages(count, this.#waitMs);
    return messages.map((bytes) => decode('WatchModels', bytes) as Event);
  }

  /** The events up to the one that ends the snapshot. */
  async snapshot(): Promise<Event[]> {
    for (let count = 1; ; count++) {
      const events = (await this.events(count)).slice(0, count);
      if (events.at(-1)?.isSnapshotComplete) return events;
    }
  }

  close(): void {
    this.#raw.close();
  }
}

async function listed(context: ProbeContext, name = ''): Promise<runtimeV1.ModelSummary__Output[]> {
  const outcome = await context.client.call('ListModels', { name }, waitMs('call', context));
  if (outcome.status !== 'OK') throw new TargetFailure(`ListModels is answered ${outcome.status}`);
  return (outcome.response as runtimeV1.ListModelsResponse__Output).models;
}

/** The first messages describe every version, refused ones too, as ListModels does; the last one says so. */
const watchSnapshot: Probe = async (context) => {
  const name = String(context.with.model ?? '');
  const watch = await Watch.open(context, name);
  try {
    const shown = (await watch.snapshot()).flatMap(({ model }) => model ?? []);
    const known = await listed(context, name);
    for (const model of known) {
      const seen = shown.find((one) => keyOf(one) === keyOf(model));
      if (seen === undefined) throw new TargetFailure(`the snapshot lacks ${keyOf(model)}, which is ${model.state}`);
      if (seen.state !== model.state) throw new TargetFailure(`${keyOf(model)} is shown as ${seen.state}`);
    }
    if (known.length === 0 || shown.length !== known.length) {
      throw new TargetFailure(`the snapshot holds ${shown.length} versions, and ListModels ${known.length}`);
    }
    return [`a snapshot of ${shown.length} versions, each as ListModels has it, and its end`];
  } finally {
    watch.close();
  }
};

/** After the snapshot, what happens to a version is told as it happens. */
const watchEvents: Probe = async (context) => {
  const model = { name: 'conformance-tanh', version: '1' };
  const watch = await Watch.open(context, '');
  try {
    const before = (await watch.snapshot()).length;
    const changes = held(
      (async () => {
        for (const [rpc, state] of [
          ['UnloadModel', 'MODEL_STATE_UNLOADED'],
          ['LoadModel', 'MODEL_STATE_READY'],
        ] as const) {
          const outcome = await context.client.call(rpc, model, waitMs('load', context));
          if (outcome.status !== 'OK') throw new TargetFailure(`${rpc} is answered ${outcome.status}`);
          await until(watch, before, state);
        }
      })(),
    );
    await changes;
    const events = (await watch.events(before)).slice(before);
    if (events.some(({ isSnapshotComplete }) => isSnapshotComplete)) {
      throw new TargetFailure('an event after the snapshot says that it completes it');
    }
    return [`${events.length} events after the snapshot, among them unloaded and then ready`];
  } finally {
    watch.close();
  }

  async function until(from: Watch, skipped: number, state: string): Promise<void> {
    for (let count = skipped + 1; ; count++) {
      const event = (await from.events(count))[count - 1];
      if (event?.model?.name === model.name && event.model.state === state) return;
    }
  }
};

/** A call that watches one model hears of no other; the server ends the call when the caller does. */
const watchOne: Probe = async (context) => {
  const watch = await Watch.open(context, 'conformance-tanh');
  try {
    const shown = await watch.snapshot();
    for (const name of ['conformance-relu', 'conformance-tanh']) {
      for (const rpc of ['UnloadModel', 'LoadModel']) {
        const outcome = await context.client.call(rpc, { name, version: '1' }, waitMs('load', context));
        if (outcome.status !== 'OK') throw new TargetFailure(`${rpc} is answered ${outcome.status}`);
      }
    }
    const events = await watch.events(shown.length + 2);
    const other = events.find(({ model }) => model?.name !== 'conformance-tanh');
    if (other !== undefined) throw new TargetFailure(`it is told of ${other.model?.name}, which was not asked for`);
    return [`${events.length} events, all of the model that was asked for`];
  } finally {
    watch.close();
  }
};

export const WATCH_PROBES = {
  'watch-snapshot': watchSnapshot,
  'watch-events': watchEvents,
  'watch-one': watchOne,
} satisfies Record<string, Probe>;
