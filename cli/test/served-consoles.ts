import type { ModelAnswer } from '@deephealth/console';
import { afterAll, beforeAll } from 'vitest';
import { ask, type ServedConsole, serveConsole, type WebQuestion } from './console-server.js';
import { removeTemporaryFolders } from './temporary-folder.js';

export const API = '/console/api/v1';
export const HEART = 'models/heart-disease-risk/1.0.0';
export const MOST_BYTES = 1024 * 1024;
export const PATIENT = {
  ...{ age: { value: 63, unit: 'a' }, sex: 'male', chest_pain_type: 'asymptomatic' },
};

/** Asks nobody who they are. */
export let open: ServedConsole;
/** Asks everybody. */
export let gated: ServedConsole;

/** Serves both consoles while the tests of a file run. */
export function useConsoles(): void {
  beforeAll(async () => {
    open = await serveConsole({ isOpen: true, maxMessageBytes: MOST_BYTES });
    gated = await serveConsole({ maxMessageBytes: MOST_BYTES });
  }, 120_000);
  afterAll(async () => {
    await open?.stop();
    await gated?.stop();
    removeTemporaryFolders();
  });
}

export const api = (served: ServedConsole, path: string, question?: WebQuestion) =>
  ask(served.origin, `${API}/${path}`, question);
export const as = (id: string): WebQuestion => ({ key: gated.keys[id] });
export const errorOf = (json: unknown) =>
  (json as { error: { code: string; message: string; retryable: boolean } }).error;

/** An example of a model as a caller gets it, ready to be sent. */
export async function example(served: ServedConsole, model: string, key?: string) {
  const path = `models/${model}`;
  const { json } = await api(served, path, { ...(key !== undefined && { key }) });
  const [first] = (json as ModelAnswer).examples;
  const { headers, text } = await api(served, `${path}/examples/${first?.id}`, { ...(key !== undefined && { key }) });
  const sent = {
    'content-type': headers['content-type'] as string,
    'x-deephealth-file-name': headers['x-deephealth-file-name'] as string,
  };
  return { method: 'POST', body: text, headers: sent };
}
