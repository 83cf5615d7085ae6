import {
  createRuntimeClient,
  DeepHealthError,
  type FaceRequest,
  httpStatusOf,
  isRuntimeReady,
  JobRegister,
  ModelBindings,
  type ServedAdapter,
  serveAdapter,
} from '@deephealth/sdk';
import type { Config } from './config.js';
import { toPlatformError } from './errors.js';
import { EventAnswers } from './suite/answer-event.js';
import { PlatformClient } from './suite/transport/platform-client.js';
import { createPlatformFace } from './suite/transport/platform-face.js';
import { createRoutes } from './suite/transport/routes.js';
import { Accounts } from './toolkit/accounts.js';
import { MAX_IMAGE_BYTES } from './toolkit/image-source.js';
import { Processes } from './toolkit/processes.js';
import { createToolkitRoutes } from './toolkit/toolkit-routes.js';
import { WeightsOfRuntime } from './toolkit/weights.js';
import { NAME, VERSION } from './version.js';

/** An image in base64 with what stands around it. */
const MAX_BODY_BYTES = Math.ceil((MAX_IMAGE_BYTES * 4) / 3) + 4_096;

/** Puts the adapter together and serves its faces. */
export async function startAdapter(config: Config): Promise<ServedAdapter> {
  const { toolkit, deadlineMs } = config;
  const runtime = createRuntimeClient({ address: config.runtime });
  const processes = new Processes(log('inference'));
  const accounts = new Accounts(toolkit.accounts);
  const weights = new WeightsOfRuntime(runtime);
  const askToolkit = createToolkitRoutes({ config: toolkit, accounts, processes, weights, runtime, deadlineMs });
  const suite = suiteFace(config);

  return serveAdapter({
    name: NAME,
    version: VERSION,
    contract: {
      runtime: config.runtime,
      port: config.contractPort,
      ...(suite && { platform: suite.face }),
      onError: log('contract-face'),
    },
    http: {
      port: config.port,
      maxBodyBytes: MAX_BODY_BYTES,
      isReady: () => isRuntimeReady(runtime),
      answer: async (request) => {
        const told = (await askToolkit(request)) ?? (await suite?.routes(request));
        if (told !== undefined) return told;
        throw new DeepHealthError('DH_ARTEFACT_NOT_FOUND', 'There is nothing at this path.');
      },
      refusal: (error) => ({ result: 'error', error: toPlatformError(error) }),
      onError: log('platform-face'),
    },
    close: async () => {
      await Promise.all([processes.close(), suite?.close()]);
      runtime.close();
    },
  });
}

/** The face that the conformance suite judges: as the project began, and only where the suite's platform is named. */
function suiteFace({ runtime: address, platform: url, deadlineMs }: Config) {
  if (url === undefined) return undefined;
  const runtime = createRuntimeClient({ address });
  const platform = new PlatformClient(url);
  const answers = new EventAnswers(runtime, platform, deadlineMs);
  const jobs = new JobRegister<void>({ onError: log('event') });
  const form = {
    entryPoint: 'POST /events',
    inputMediaTypes: ['application/json'],
    outputMediaType: 'application/json',
  };
  return {
    routes: (request: FaceRequest) => createRoutes(answers, platform, jobs)(request),
    face: createPlatformFace(answers, new ModelBindings(runtime, form)),
    close: async () => {
      await jobs.close();
      runtime.close();
    },
  };
}

/** A line without anything of the call: codes are for operators, contents for nobody. */
function log(event: string): (thrown: unknown) => void {
  return (thrown) => {
    const { code } = DeepHealthError.from(thrown);
    process.stderr.write(`${JSON.stringify({ event, code, status: httpStatusOf(code) })}\n`);
  };
}
