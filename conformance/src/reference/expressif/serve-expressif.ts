import type { ExpressifSettings } from '../../expressif/write-expressif-folder.js';
import { serveJson } from '../../simulators/http-json.js';
import { type RunningPlatformAdapter, servePlatformAdapter } from '../adapter/serve-platform-adapter.js';
import { type ExpressifParts, ExpressifReference } from './expressif-reference.js';
import { ReferenceRuleFace } from './reference-rule-face.js';

export interface RunningExpressif extends RunningPlatformAdapter {
  readonly reference: ExpressifReference;
  /** URL of its face over HTTP. */
  readonly platformFace: string;
}

/** Serves both faces of an adapter for rule bases, or of a mutant of it. */
export async function serveExpressif(
  settings: ExpressifSettings,
  runtime: string,
  parts: ExpressifParts = {},
): Promise<RunningExpressif> {
  const { Service = ExpressifReference, Face = ReferenceRuleFace } = parts;
  const reference = new Service(settings, runtime, parts);
  const face = new Face(reference);
  const server = await serveJson((request) => face.handle(request));
  const { address, stop } = await servePlatformAdapter(reference, runtime);
  return {
    ...{ address, reference, platformFace: server.url },
    stop: () => {
      stop();
      // What is still open there ends with the process, or now.
      void server.stop();
    },
  };
}
