import { type adapterV1, modelRuntimeService, platformAdapterService } from '@deephealth/proto';
import { toGrpcFailure } from '@deephealth/sdk';
import { serve } from '../reference/serve-reference.js';
import { NULL_IMPLEMENTATIONS, type NullImplementation } from './null-implementations.js';

/** An adapter under test, whoever made it. */
export interface StartedTarget {
  /** "host:port" of its contract's face. */
  readonly address: string;
  /** What it has written. */
  readonly log: readonly string[];
  /** URL of its face towards its platform, if it has one. */
  readonly platformFace?: string;
  stop(): void | Promise<void>;
}

/** An adapter that does nothing of what one is for. */
export interface NullTarget {
  readonly id: string;
  readonly title: string;
  /** It never answers. */
  readonly isSilent: boolean;
  start(): Promise<StartedTarget>;
}

/** What does nothing on both services of the contract. @param contract id of a null implementation of runtimes */
export function nothing(id: string, title: string, contract: string): NullTarget {
  const { handlers } = NULL_IMPLEMENTATIONS.find((one) => one.id === contract) as NullImplementation;
  return {
    ...{ id, title, isSilent: contract === 'N-4' },
    start: async () => {
      const server = await serve({ ...modelRuntimeService(), ...platformAdapterService() } as never, handlers);
      return { address: server.address, log: [], stop: server.stop };
    },
  };
}

/** One that lists bindings of no package, and answers inputs, or refuses them by what `run` throws. */
export function answersInputs(
  id: string,
  title: string,
  bindings: () => adapterV1.Binding[],
  run: (request: adapterV1.RunBindingRequest__Output) => adapterV1.RunBindingResponse,
): NullTarget {
  const handlers: adapterV1.PlatformAdapterHandlers = {
    Describe: (_, answer) => answer(null, {}),
    ListBindings: (_, answer) => answer(null, { bindings: bindings() }),
    CheckHealth: (_, answer) => answer(null, {}),
    RunBinding: ({ request }, answer) => {
      try {
        answer(null, run(request));
      } catch (thrown) {
        answer(toGrpcFailure(thrown));
      }
    },
  };
  return {
    ...{ id, title, isSilent: false },
    start: async () => {
      const server = await serve(platformAdapterService() as never, { ...handlers });
      return { address: server.address, log: [], stop: server.stop };
    },
  };
}
