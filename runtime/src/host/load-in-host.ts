import { parseManifest } from '@deephealth/sdk';
import { couplesRows } from '../pipelines/couples-rows.js';
import { planRing, ringTensors } from '../ring/ring-plan.js';
import { EngineThread } from './engine-thread.js';
import type { HostReply, LoadOrder } from './host-messages.js';
import { ItemHost } from './item-host.js';
import { loadModel } from './load-model.js';
import type { ModelSession } from './model-session.js';
import { openNative } from './native-session.js';
import { openNearby } from './nearby-session.js';
import { hasBatchAxis } from './prove-batching.js';

/** What a host has besides its channel. */
export interface HostMemory {
  readonly requests: Uint8Array;
  readonly answers: Uint8Array;
  /** Descriptor of the socket that tells the server of answers. */
  readonly bell: number;
}

export interface LoadedInHost {
  readonly reply: HostReply;
  readonly host?: ItemHost;
  readonly session?: ModelSession;
}

/**
 * Loads a package in this process. The reply is for the server, the host for the items to come.
 *
 * @param memory the ring's, where there is one: the engine then serves it
 */
export async function loadInHost(
  order: LoadOrder,
  engineScript: URL,
  send: (reply: HostReply) => void,
  memory: HostMemory | undefined,
): Promise<LoadedInHost> {
  // Started only when a graph needs it: a package that another server runs needs no engine.
  let engine: EngineThread | undefined;
  const outcome = await loadModel(order, {
    openGraph: async (graph, threads) => {
      const native = openNative(graph, threads);
      if (native !== undefined) return native;
      engine ??= new EngineThread(engineScript);
      return engine.open(graph, threads);
    },
    openNearby,
    onBackendHealth: (isServing, reason) => send({ type: 'backend', isServing, reason }),
  });
  if ('error' in outcome) return { reply: { type: 'load-failed', ...outcome } };
  const manifest = parseManifest(Buffer.from(outcome.package.manifestJson));
  // A pipeline that selects or joins rows works on all rows of a request together.
  const batchAxis = hasBatchAxis(manifest.tensors) && couplesRows(manifest) === undefined;
  const { session } = outcome.model;
  const plan = memory && planRing(manifest, outcome.package.batching);
  const servesRing =
    memory !== undefined && plan !== undefined && session.serveRing?.({ ...memory, ...ringTensors(plan) }) === true;
  return {
    reply: { type: 'loaded', package: outcome.package, servesRing },
    session,
    host: new ItemHost(outcome.model, outcome.package.batching, batchAxis, send),
  };
}
