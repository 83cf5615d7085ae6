import { bearerToken, DeepHealthError, jsonOf } from '@deephealth/sdk';
import { toEvent } from '../mapping/event.js';
import { toResult } from '../mapping/result.js';
import { NAME, VERSION } from '../version.js';

/** One event end to end without the platform's own face: for tests of approval, consoles and the conformance suite. */
export function createPlatformFace(answers, bindings) {
  return {
    describe: () => ({
      ...{ name: NAME, version: VERSION, platform: 'generic' },
      ...{ standards: [], profiles: ['adapter-common'], capabilities: [] },
    }),
    bindings: () => bindings.bindings(),
    health: () => bindings.health(),
    async run({ bindingId, input, caller, deadlineMs, signal }) {
      const token = bearerToken(caller.header('authorization'));
      const event = toEvent(jsonOf(input));
      if (!event.requests.every(({ model }) => model === bindingId)) {
        throw new DeepHealthError('DH_REQUEST_MALFORMED', 'The event asks about another model than the binding does.');
      }
      const deadlineAt = Math.min(answers.deadlineOf(event, Date.now()), deadlineMs);
      const { parts, runs } = await answers.answer(event, { token, deadlineAt, signal });
      const result = toResult(event.id, parts);
      const [first] = parts;
      if (result.state === 'failed' && first?.outcome instanceof Error) throw first.outcome;
      return { output: Buffer.from(JSON.stringify(result)), runs };
    },
  };
}
