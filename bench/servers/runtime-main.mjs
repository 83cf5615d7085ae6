// The runtime server in its own process, as `deephealth serve` runs it.
import { startRuntimeServer } from '@deephealth/runtime';
import { answerCalls } from '../processes/answer-calls.mjs';
import { profileSelf } from './profile-self.mjs';

let server;

answerCalls({
  /** Serves a store on a free loopback port, with further options of a server; gives the address once every model is READY. */
  async serve({ models, limits, options = {} }) {
    server = await startRuntimeServer({ models: [models], port: 0, limits, ...options });
    await server.verified;
    const refused = server.store.all().filter((model) => model.state !== 'READY');
    if (refused.length > 0) {
      const reasons = refused.map((model) => `${model.name}: ${model.reason?.message ?? model.state}`);
      throw new Error(`the runtime refused a model of the benchmark. ${reasons.join('; ')}`);
    }
    return server.address;
  },

  profile: ({ seconds }) => profileSelf(seconds),

  async stop() {
    await server?.stop();
  },
});
