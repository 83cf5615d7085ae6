import { parseManifest } from '@deephealth/sdk';
import { couplesRows } from '../pipelines/couples-rows.js';
import { EngineThread } from './engine-thread.js';
import type { HostReply, LoadOrder } from './host-messages.js';
import { ItemHost } from './item-host.js';
import { loadModel } from './load-model.js';
import { hasBatchAxis } from './prove-batching.js';

/** Loads a package in this process. The reply is for the server, the host for the items to come. */
export async function loadInHost(
  order: LoadOrder,
  engineScript: URL,
  send: (reply: HostReply) => void,
): Promise<{ readonly reply: HostReply; readonly host: ItemHost | undefined }> {
  // Started only when a graph needs it: a package that another server runs needs no engine.
  let engine: EngineThread | undefined;
  const outcome = await loadModel(order, {
    openGraph: (graph, threads) => {
      engine ??= new EngineThread(engineScript);
      return engine.open(graph, threads);
    },
    onBackendHealth: (isServing, reason) => send({ type: 'backend', isServing, reason }),
  });
  if ('error' in outcome) return { reply: { type: 'load-failed', ...outcome }, host: undefined };
  const manifest = parseManifest(Buffer.from(outcome.package.manifestJson));
  // A pipeline that selects or joins rows works on all rows of a request together.
  const batchAxis = hasBatchAxis(manifest.tensors) && couplesRows(manifest) === undefined;
  return {
    reply: { type: 'loaded', package: outcome.package },
    host: new ItemHost(outcome.model, outcome.package.batching, batchAxis, send),
  };
}
