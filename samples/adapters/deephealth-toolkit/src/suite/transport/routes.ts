import { createHash } from 'node:crypto';
import {
  bearerToken,
  DeepHealthError,
  type FaceAnswer,
  type FaceRequest,
  type JobRegister,
  jsonBody,
} from '@deephealth/sdk';
import { toPlatformError } from '../../errors.js';
import type { EventAnswers } from '../answer-event.js';
import { toEvent } from '../mapping/event.js';
import { toResult } from '../mapping/result.js';
import type { PlatformClient } from './platform-client.js';

/** Routes of the face towards the platform; health is served by the sdk. */
export function createRoutes(answers: EventAnswers, platform: PlatformClient, jobs: JobRegister<void>) {
  async function work(request: FaceRequest, token: string): Promise<FaceAnswer> {
    const arrivedAt = Date.now();
    const event = toEvent(jsonBody(request));
    const deadlineAt = answers.deadlineOf(event, arrivedAt);
    jobs.start({
      id: event.id,
      owner: ownerOf(token),
      run: async (signal) => {
        const { parts } = await answers.answer(event, { token, deadlineAt, signal });
        signal.throwIfAborted();
        await platform.deliver(toResult(event.id, parts), token, signal);
      },
    });
    return { status: 202, json: { event: event.id } };
  }

  function stateOf(id: string, owner: string): FaceAnswer {
    const job = jobs.state(id, owner);
    if (job?.state === 'done') return { status: 200, json: { state: 'delivered' } };
    if (job?.state !== 'failed') return { status: 200, json: { state: job?.state ?? 'unknown' } };
    return { status: 200, json: { state: 'undelivered', error: toPlatformError(job.error) } };
  }

  return async (request: FaceRequest): Promise<FaceAnswer> => {
    const { method, path, headers } = request;
    const token = bearerToken(headers.authorization);
    const [place, id, ...more] = path;
    if (place === 'events' && more.length === 0) {
      if (method === 'POST' && id === undefined) return work(request, token);
      if (method === 'GET' && id !== undefined) return stateOf(id, ownerOf(token));
      if (method === 'DELETE' && id !== undefined) {
        jobs.cancel(id, ownerOf(token));
        return { status: 204 };
      }
    }
    throw new DeepHealthError('DH_ARTEFACT_NOT_FOUND', 'There is nothing at this path.');
  };
}

/** One platform's events are no other's; the token itself is kept for as long as the event needs it. */
function ownerOf(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}
