import {
  createRuntimeClient,
  DeepHealthError,
  isRuntimeReady,
  JobRegister,
  ModelBindings,
  serveAdapter,
} from '@deephealth/sdk';
import { EventAnswers } from './answer-event.js';
import { toPlatformError } from './errors.js';
import { PlatformClient } from './transport/platform-client.js';
import { createPlatformFace } from './transport/platform-face.js';
import { createRoutes } from './transport/routes.js';
import { NAME, VERSION } from './version.js';

/** Puts the adapter together and serves both of its faces. */
export async function startAdapter(config) {
  const runtime = createRuntimeClient({ address: config.runtime });
  const platform = new PlatformClient(config.platform);
  const answers = new EventAnswers(runtime, platform, config.defaultDeadlineMs);
  const jobs = new JobRegister({ onError: log('event') });
  const form = {
    entryPoint: 'POST /events',
    inputMediaTypes: ['application/json'],
    outputMediaType: 'application/json',
  };
  const bindings = new ModelBindings(runtime, form);
  return serveAdapter({
    name: NAME,
    version: VERSION,
    contract: {
      runtime: config.runtime,
      port: config.contractPort,
      platform: createPlatformFace(answers, bindings),
      onError: log('contract-face'),
    },
    http: {
      port: config.port,
      isReady: () => isRuntimeReady(runtime),
      answer: createRoutes(answers, platform, jobs),
      refusal: (error) => ({ error: toPlatformError(error) }),
      onError: log('platform-face'),
    },
    close: async () => {
      await jobs.close();
      runtime.close();
    },
  });
}

/** A line without anything of the call: codes are for operators, contents for nobody. */
function log(event) {
  return (thrown) => {
    const { code } = DeepHealthError.from(thrown);
    process.stderr.write(`${JSON.stringify({ event, code })}\n`);
  };
}
