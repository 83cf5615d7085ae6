import type { ChainSettings } from '../../chain/write-chain-folder.js';
import { type RunningPlatformAdapter, servePlatformAdapter } from '../adapter/serve-platform-adapter.js';
import { serveHttp } from './chain-http.js';
import { ReferenceChainFace } from './reference-chain-face.js';
import { type ChainParts, ReferenceChains } from './reference-chains.js';
import { OGC_ROOT, ReferenceOgc } from './reference-ogc.js';
import { ReferenceWes, WES_ROOT } from './reference-wes.js';

export interface RunningChains extends RunningPlatformAdapter {
  readonly reference: ReferenceChains;
  /** URL that WES and OGC are below. */
  readonly platformFace: string;
}

/** Serves a service of chains, or a mutant of it, with what its state folder holds. */
export async function serveChains(
  settings: ChainSettings,
  runtime: string,
  parts: ChainParts = {},
): Promise<RunningChains> {
  const { Service = ReferenceChains, Wes = ReferenceWes, Ogc = ReferenceOgc } = parts;
  const reference = new Service(settings, runtime, parts);
  const [wes, ogc] = [new Wes(reference), new Ogc(reference)];
  const server = await serveHttp(async (request) => {
    const { pathname } = request.url;
    if (pathname.startsWith(`${WES_ROOT}/`)) return wes.handle(request);
    if (pathname === OGC_ROOT || pathname.startsWith(`${OGC_ROOT}/`)) return ogc.handle(request);
    return { status: 404, body: {} };
  });
  const { address, stop } = await servePlatformAdapter(new ReferenceChainFace(reference), runtime);
  reference.resume();
  return {
    ...{ address, reference, platformFace: server.url },
    stop: () => {
      stop();
      server.stop();
    },
  };
}
