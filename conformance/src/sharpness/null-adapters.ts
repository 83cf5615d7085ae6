import { modelRuntimeService, platformAdapterService } from '@deephealth/proto';
import type { WrittenModel } from '../models/write-models.js';
import { ReferenceAdapter } from '../reference/adapter/reference-adapter.js';
import { type RunningAdapter, serveAdapter } from '../reference/adapter/serve-adapter.js';
import { ReferenceRuntime } from '../reference/reference-runtime.js';
import { serve, serveReference } from '../reference/serve-reference.js';
import type { GenericEvent, GenericResult } from '../simulators/generic-protocol.js';
import { type JsonAnswer, type JsonRequest, serveJson } from '../simulators/http-json.js';
import type { Sandwich } from '../targets/sandwich.js';
import { NULL_IMPLEMENTATIONS, type NullImplementation } from './null-implementations.js';

/** An adapter that does nothing of what an adapter is for. */
export interface NullAdapter {
  readonly id: string;
  readonly title: string;
  /** It never answers. */
  readonly isSilent: boolean;
  start(sandwich: Sandwich, models: readonly WrittenModel[]): Promise<RunningAdapter>;
}

/** What answers both faces without doing anything. None of them may pass a single MUST. */
export const NULL_ADAPTERS: readonly NullAdapter[] = [
  nothing('N-A1', 'knows nothing of events', 'N-1', () => ({ status: 501 })),
  nothing('N-A2', 'takes every event, and forgets it', 'N-2', () => ({ status: 202, body: {} })),
  nothing('N-A3', 'brings an empty result for every event', 'N-3', bringNothing),
  nothing('N-A4', 'never answers', 'N-4', () => new Promise<JsonAnswer>(() => undefined)),
  nothing('N-A5', 'ends every connection', 'N-5', () => undefined),
  {
    id: 'N-A6',
    title: 'answers everything rightly, and asks another runtime than the one behind it',
    isSilent: false,
    start: async ({ platform }, models) => {
      const own = await serveReference(new ReferenceRuntime(models));
      const adapter = await serveAdapter(new ReferenceAdapter({ runtime: own.address, platform: platform.url }));
      const stop = async () => {
        own.stop();
        await adapter.stop();
      };
      return { ...adapter, stop };
    },
  },
];

type PlatformAnswer = (request: JsonRequest, sandwich: Sandwich) => JsonAnswer | Promise<JsonAnswer>;

function nothing(id: string, title: string, contract: string, answer: PlatformAnswer): NullAdapter {
  const { handlers } = NULL_IMPLEMENTATIONS.find((one) => one.id === contract) as NullImplementation;
  return {
    id,
    title,
    isSilent: contract === 'N-4',
    start: async (sandwich) => {
      const services = { ...modelRuntimeService(), ...platformAdapterService() };
      const server = await serve(services as never, handlers);
      const face = await serveJson((request) => answer(request, sandwich));
      const stop = async () => {
        server.stop();
        await face.stop();
      };
      return { address: server.address, platformFace: face.url, stop };
    },
  };
}

function bringNothing({ method, headers, body }: JsonRequest, { platform }: Sandwich): JsonAnswer {
  if (method === 'POST') {
    const { id, requests } = JSON.parse(body) as GenericEvent;
    const parts = requests.map(({ id: request }) => ({ request, requestId: 'none', findings: [], warnings: [] }));
    const result: GenericResult = { event: id, state: 'complete', parts };
    const sent = { authorization: headers.authorization ?? '', 'content-type': 'application/json' };
    fetch(`${platform.url}/results`, { method, headers: sent, body: JSON.stringify(result) }).catch(() => undefined);
  }
  return { status: 200, body: {} };
}
