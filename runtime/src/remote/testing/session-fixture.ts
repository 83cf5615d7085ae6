import { type Manifest, type RawTensor, type RemoteSpec, tensorFromValues, tensorValues } from '@deephealth/sdk';
import { status } from '@grpc/grpc-js';
import { afterEach } from 'vitest';
import { RemoteSession } from '../remote-session.js';
import type { RemoteTarget } from '../remote-target.js';
import { FakeClock } from './fake-clock.js';
import {
  type FakeBehaviour,
  type FakeServer,
  type InferRequest,
  type InferResponse,
  startFakeServer,
} from './fake-inference-server.js';
import { HeardHealth } from './heard-health.js';

export const SPEC: RemoteSpec = { protocol: 'open-inference', model: 'double' };
export const TENSORS: Manifest['tensors'] = {
  inputs: [{ name: 'x', dataType: 'FP32', shape: [-1, 3] }],
  outputs: [
    { name: 'y', dataType: 'FP32', shape: [-1, 3] },
    { name: 'row', dataType: 'INT64', shape: [-1] },
  ],
};
export const INPUTS = { x: tensorFromValues('FP32', [2, 3], [1, -2, 3, 0.5, 0, 8]) };
/** What the fake server makes of INPUTS. */
export const DOUBLED = [2, -4, 6, 1, 0, 16];

/** What is closed after the test, the last one first. */
export const opened: { close(): void }[] = [];

afterEach(() => {
  for (const thing of opened.splice(0).reverse()) thing.close();
});

export async function serve(behaviour: Partial<FakeBehaviour> = {}, options = {}): Promise<FakeServer> {
  const server = await startFakeServer(behaviour, options);
  opened.push({ close: () => server.die() });
  return server;
}

export interface Connecting {
  readonly spec?: RemoteSpec;
  readonly tensors?: Manifest['tensors'];
  readonly target?: Partial<RemoteTarget>;
}

/** A session with a clock that the test turns. */
export async function connect(
  server: { readonly address: string },
  { spec = SPEC, tensors = TENSORS, target }: Connecting = {},
) {
  const clock = new FakeClock();
  const heard = new HeardHealth();
  const session = await RemoteSession.connect(
    spec,
    { address: server.address, timeoutMs: 10_000, ...target },
    tensors,
    heard.onHealth,
    clock,
  );
  opened.push({ close: () => void session.release() });
  return { session, clock, heard };
}

/** A session against a server that answers ModelInfer so. */
export async function connectTo(
  infer: (request: InferRequest) => InferResponse | Promise<InferResponse>,
  connecting?: Connecting,
) {
  const server = await serve({ ModelInfer: infer });
  return { server, ...(await connect(server, connecting)) };
}

export const values = (tensors: ReadonlyMap<string, RawTensor>, name: string) =>
  tensorValues(tensors.get(name) as RawTensor);

/** A failure whose words must not get out. */
export const grpcError = (code: status, details = '37.2 in /srv/secret') => ({ code, details });

/** What a server answers that is away for a moment. */
export const unavailable = () => {
  throw grpcError(status.UNAVAILABLE);
};
