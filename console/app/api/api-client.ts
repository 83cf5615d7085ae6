import { accessKey } from './access-key.js';
import { ANSWER_UNREADABLE, ApiError, NO_ANSWER, toApiError } from './api-error.js';
import { createObservable } from './observable.js';

/** Whether the server answered the last request. */
export const isReachable = createObservable(true);

/** Bytes with what they are. */
export interface RequestBody {
  readonly data: Blob | ArrayBuffer | string;
  readonly contentType: string;
  readonly fileName?: string;
}

function addressOf(path: string): string {
  return new URL(`api/v1/${path}`, document.baseURI.replace(/#.*$/, '')).href;
}

async function ask(
  path: string,
  init: RequestInit,
  signal: AbortSignal | undefined,
  key = accessKey.get(),
): Promise<Response> {
  const headers = new Headers(init.headers);
  if (key !== '') headers.set('authorization', `Bearer ${key}`);
  let response: Response;
  try {
    response = await fetch(addressOf(path), {
      ...init,
      headers,
      cache: 'no-store',
      credentials: 'omit',
      signal: signal ?? null,
    });
  } catch (error) {
    if (signal?.aborted) throw error;
    isReachable.set(false);
    throw new ApiError(NO_ANSWER, '', 0, true);
  }
  isReachable.set(true);
  if (response.ok) return response;
  const failure = toApiError(response.status, await response.text());
  // A key that was withdrawn is of no more use to anybody.
  if (response.status === 401 && key !== '' && accessKey.get() === key) accessKey.forget();
  throw failure;
}

async function readJson<Answer>(response: Response): Promise<Answer> {
  try {
    return (await response.json()) as Answer;
  } catch (error) {
    if (error instanceof DOMException) throw error;
    throw new ApiError(ANSWER_UNREADABLE, '', response.status, true);
  }
}

/** @param path below `api/v1/`, its parts encoded */
export async function getJson<Answer>(path: string, signal?: AbortSignal): Promise<Answer> {
  return readJson(await ask(path, { headers: { accept: 'application/json' } }, signal));
}

/** The same with a key that is not in use yet. */
export async function askWith<Answer>(path: string, key: string): Promise<Answer> {
  return readJson(await ask(path, { headers: { accept: 'application/json' } }, undefined, key));
}

/** A file of the server, as the body of another request. */
export async function getFile(path: string, signal?: AbortSignal): Promise<RequestBody> {
  const response = await ask(path, {}, signal);
  const named = response.headers.get('x-deephealth-file-name');
  const data = await response.blob();
  return {
    data,
    contentType: data.type || 'application/octet-stream',
    ...(named !== null && { fileName: decodeURIComponent(named) }),
  };
}

export async function postBody<Answer>(path: string, body: RequestBody, signal?: AbortSignal): Promise<Answer> {
  const headers: Record<string, string> = { accept: 'application/json', 'content-type': body.contentType };
  if (body.fileName !== undefined) headers['x-deephealth-file-name'] = encodeURIComponent(body.fileName);
  return readJson(await ask(path, { method: 'POST', headers, body: body.data }, signal));
}

export function postJson<Answer>(path: string, value: unknown, signal?: AbortSignal): Promise<Answer> {
  return postBody(path, { data: JSON.stringify(value), contentType: 'application/json' }, signal);
}

/** Parts of a path, encoded. */
export function pathOf(...parts: readonly string[]): string {
  return parts.map(encodeURIComponent).join('/');
}
