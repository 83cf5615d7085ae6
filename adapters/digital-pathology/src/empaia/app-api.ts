import { setTimeout as sleep } from 'node:timers/promises';
import { DeepHealthError } from '@deephealth/sdk';
import {
  exchange,
  type HttpRequest,
  type HttpResponse,
  type HttpSettings,
  parseBaseUrl,
} from '../platforms/http-exchange.js';
import { refused, unauthenticated } from '../platforms/platform-errors.js';

/** Where a job's data lie, as EMPAIA's environment variables say it. */
export interface EmpaiaConnection extends Omit<HttpSettings, 'signal'> {
  /** EMPAIA_APP_API. */
  readonly appApi: string;
  /** EMPAIA_JOB_ID. */
  readonly jobId: string;
  /** EMPAIA_TOKEN, sent as a bearer token. */
  readonly token: string;
}

/** What is there, as the platform answers it: with an id. */
export interface EmpaiaObject {
  readonly id: string;
}

/** A job outlives a restart of the platform: waits of 0.5 s to 32 s, a minute together. */
const RETRIES = 7;
/** Locked by another request, too many of them, or a platform that is away for a while. */
const PASSING = [423, 429, 500, 502, 503, 504];
/** Of those, the ones that say that nothing was done. */
const NOT_DONE = [423, 429];
const ID = /^[\w.-]{1,128}$/;

/** An answer got lost: what was sent may be there, and may not. */
export class UncertainOutcome extends Error {}

/** The platform takes less at a time. */
export class TooLarge extends Error {}

/** EMPAIA's App API v3 for one job. Requests that may be repeated are, where the connection or the platform fails. */
export class EmpaiaAppApi {
  readonly jobId: string;
  readonly #base: URL;
  readonly #token: string;
  readonly #settings: HttpSettings;

  /** @throws DH_REQUEST_MALFORMED for an address, and DH_CONFIG_INVALID for a job id, that can be none */
  constructor({ appApi, jobId, token, ...given }: EmpaiaConnection) {
    // What ends a job must not keep it from telling how it ended.
    const { signal: _, ...settings } = given as HttpSettings;
    this.jobId = pathPart(jobId, 'EMPAIA_JOB_ID');
    this.#base = parseBaseUrl(appApi);
    this.#token = token;
    this.#settings = { retries: RETRIES, passingStatuses: PASSING, ...settings };
  }

  /** An input by its key; undefined where the job has none of this name. */
  async input(key: string, signal?: AbortSignal): Promise<unknown> {
    const response = await this.#send('GET', `inputs/${key}`, undefined, signal);
    // Which of them a platform chooses is not written down.
    if ([400, 404, 422].includes(response.status)) return undefined;
    return json(this.#expectOk(response, `to give the input "${key}"`));
  }

  /** A rectangle of a level as an encoded picture. @throws DH_PLATFORM_REFUSED where the platform does not give it */
  async region(
    wsi: string,
    level: number,
    { x, y, width, height }: { x: number; y: number; width: number; height: number },
    signal?: AbortSignal,
  ): Promise<Buffer> {
    const path = `regions/${pathPart(wsi, 'the slide')}/level/${level}/start/${x}/${y}/size/${width}/${height}`;
    return this.#expectOk(await this.#send('GET', path, undefined, signal), 'to give a part of the slide').body;
  }

  /**
   * Posts an output. If an answer gets lost, it is posted again, and its key then stands for the later one.
   */
  async postOutput(key: string, document: object, signal?: AbortSignal): Promise<EmpaiaObject> {
    const response = await this.#send('POST', `outputs/${key}`, jsonBody(document), signal);
    return withId(json(this.#expectOk(response, `the output "${key}"`)));
  }

  /**
   * Adds items to a collection, once.
   *
   * @returns their ids, in the order of the answer
   * @throws UncertainOutcome, TooLarge
   */
  async postItems(collection: string, items: readonly object[], signal?: AbortSignal): Promise<string[]> {
    const path = `collections/${pathPart(collection, 'a collection')}/items`;
    const response = await this.#sendOnce('POST', path, jsonBody({ items }), signal);
    if (response.status === 413) throw new TooLarge();
    const answer = json(this.#expectOk(response, 'items of a collection')) as { items?: unknown };
    const ids = Array.isArray(answer.items) ? answer.items.map((item) => withId(item).id) : [];
    if (ids.length !== items.length) throw invalid('fewer or more items than were sent');
    return ids;
  }

  /**
   * Tiles of a pixelmap. They may be put again.
   *
   * @param position "0/7" of one tile, or "start/0/7/end/0/9" of several
   * @returns the answer, whatever its status
   */
  async putPixelmapData(
    pixelmap: string,
    level: number,
    position: string,
    data: Uint8Array,
    signal?: AbortSignal,
  ): Promise<HttpResponse> {
    const path = `pixelmaps/${pathPart(pixelmap, 'a pixelmap')}/level/${level}/position/${position}/data`;
    return this.#send('PUT', path, { type: 'application/octet-stream', bytes: data }, signal);
  }

  /** @throws what a status means that is no success */
  expectPut(response: HttpResponse, what: string): void {
    this.#expectOk(response, what);
  }

  /** @param progress 0 to 1 */
  async putProgress(progress: number, signal?: AbortSignal): Promise<void> {
    this.#expectOk(await this.#send('PUT', 'progress', jsonBody({ progress }), signal, { retries: 0 }), 'the progress');
  }

  async finalize(signal?: AbortSignal): Promise<void> {
    this.#expectOk(await this.#send('PUT', 'finalize', undefined, signal), 'to finalize the job');
  }

  /** @param userMessage read by a pathologist */
  async fail(userMessage: string): Promise<void> {
    const settings = { retries: 2, timeoutMs: 10_000 };
    const body = jsonBody({ user_message: userMessage });
    this.#expectOk(await this.#send('PUT', 'failure', body, undefined, settings), 'the failure of the job');
  }

  /** Again where nothing was done, and only there. */
  async #sendOnce(method: 'POST', path: string, body: Body, signal?: AbortSignal): Promise<HttpResponse> {
    const { retries = RETRIES, retryDelayMs = 500 } = this.#settings;
    for (let attempt = 0; ; attempt++) {
      const response = await this.#send(method, path, body, signal, { retries: 0, passingStatuses: [] }).catch(
        (error: unknown) => {
          if (error instanceof DeepHealthError && error.code === 'DH_PLATFORM_UNREACHABLE')
            throw new UncertainOutcome();
          throw error;
        },
      );
      if (!NOT_DONE.includes(response.status) || attempt >= retries) {
        if (response.status >= 500) throw new UncertainOutcome();
        return response;
      }
      await sleep(retryDelayMs * 2 ** attempt, undefined, signal && { signal }).catch(() => {});
    }
  }

  #send(
    method: 'GET' | 'POST' | 'PUT',
    path: string,
    body?: Body,
    signal?: AbortSignal,
    settings: HttpSettings = {},
  ): Promise<HttpResponse> {
    return exchange(
      {
        method,
        url: new URL(`v3/${this.jobId}/${path}`, this.#base),
        headers: {
          authorization: `Bearer ${this.#token}`,
          ...(body === undefined ? {} : { 'content-type': body.type }),
        },
        ...(method === 'GET' ? {} : { body: bodyOf(body?.bytes ?? new Uint8Array(0)) }),
      },
      { ...this.#settings, ...settings, ...(signal === undefined ? {} : { signal }) },
    );
  }

  #expectOk(response: HttpResponse, what: string): HttpResponse {
    if (response.status >= 200 && response.status < 300) return response;
    if (response.status === 401 || response.status === 403) throw unauthenticated();
    throw refused(what, response, [this.#token]);
  }
}

interface Body {
  readonly type: string;
  readonly bytes: Uint8Array;
}

function bodyOf(bytes: Uint8Array): NonNullable<HttpRequest['body']> {
  return {
    sizeBytes: bytes.length,
    async *open() {
      if (bytes.length > 0) yield bytes;
    },
  };
}

function jsonBody(document: object): Body {
  return { type: 'application/json', bytes: Buffer.from(JSON.stringify(document)) };
}

function json({ body }: HttpResponse): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    throw invalid('what is no JSON');
  }
}

function withId(value: unknown): EmpaiaObject {
  const id = (value as { id?: unknown } | null)?.id;
  if (typeof id === 'string' && ID.test(id)) return { id };
  throw invalid('an object without an id');
}

function pathPart(text: string, what: string): string {
  if (ID.test(text) && !/^\.+$/.test(text)) return text;
  throw new DeepHealthError(
    'DH_CONFIG_INVALID',
    `The id of ${what} is none: letters, digits, "-", "_" and "." make one.`,
  );
}

function invalid(what: string): DeepHealthError {
  return new DeepHealthError('DH_PLATFORM_REFUSED', `The EMPAIA platform answers with ${what}.`);
}
