import type { adapterV1 } from '@deephealth/proto';
import { unaryHandler } from '@deephealth/sdk';
import type { PathologySettings } from '../../pathology/write-pathology-folder.js';
import { ReferenceAdapter } from '../adapter/reference-adapter.js';
import { serveContract } from '../adapter/serve-adapter.js';
import { type PathologyParts, PathologyReference } from './pathology-reference.js';

export interface RunningPathology {
  /** "host:port" of the contract's face. */
  readonly address: string;
  readonly reference: PathologyReference;
  stop(): void;
}

/** Serves an adapter for slides, or a mutant of it, beside the contract's face of the reference adapter. */
export async function servePathology(
  settings: PathologySettings,
  runtime: string,
  parts: PathologyParts = {},
): Promise<RunningPathology> {
  const { Service = PathologyReference } = parts;
  const reference = new Service(settings, runtime, parts);
  const unseen = () => undefined;
  const handlers: adapterV1.PlatformAdapterHandlers = {
    Describe: unaryHandler(() => reference.describe(), unseen),
    ListBindings: unaryHandler(async () => ({ bindings: reference.bindings() }), unseen),
    CheckHealth: unaryHandler(() => reference.health(), unseen),
    RunBinding: unaryHandler(
      (request: adapterV1.RunBindingRequest__Output, context) => reference.run(request, context),
      unseen,
    ),
  };
  const contract = await serveContract(new ReferenceAdapter({ runtime, platform: '' }), handlers);
  return {
    address: contract.address,
    reference,
    stop: () => {
      contract.stop();
      reference.stop();
    },
  };
}
