import {
  bearerToken,
  DeepHealthError,
  jsonOf,
  type ModelBindings,
  type PlatformCall,
  type PlatformFace,
  type PlatformOutput,
} from '@deephealth/sdk';
import { NAME, VERSION } from '../../version.js';
import type { EventAnswers } from '../answer-event.js';
import { toEvent } from '../mapping/event.js';
import { toResult } from '../mapping/result.js';

/** One event end to end without the platform's own face: for tests of approval, consoles and the conformance suite. */
export function createPlatformFace(answers: EventAnswers, bindings: ModelBindings): PlatformFace {
  return {
    describe: () => ({
      ...{ name: NAME, version: VERSION, platform: 'generic' },
      ...{ standards: [], profiles: ['adapter-common'], capabilities: [] },
    }),
    bindings: () => bindings.bindings(),
    health: () => bindings.health(),
    async run({ bindingId, input, caller, deadlineMs, signal }: PlatformCall): Promise<PlatformOutput> {
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
