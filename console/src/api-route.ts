import { type Caller, DeepHealthError, isForeignPage, isOwnName, type MethodAccess } from '@deephealth/sdk';
import type { ConsoleConnection, ConsoleOptions } from './console-options.js';
import type { ConsoleRequest, ConsoleResponse, ConsoleRoute } from './console-route.js';
import { API_HEADERS } from './security-headers.js';

/** Where the API lies. */
export const API = '/console/api/v1';

/** What a route needs to be answered. */
export interface ApiCall {
  readonly request: ConsoleRequest;
  readonly caller: Caller | undefined;
  /** The contract as the caller; its calls end when the client goes away. */
  connection(): Promise<ConsoleConnection>;
}

export interface ApiRoute {
  readonly method: 'GET' | 'POST';
  /** Below the API's place. */
  readonly path: string;
  readonly access: MethodAccess;
  readonly recognisesCallers?: boolean;
  /** Resolves with the JSON of the answer, or with another answer. */
  answer(call: ApiCall): Promise<object> | object;
}

/** An answer that is no JSON. */
export class RawAnswer {
  constructor(readonly response: ConsoleResponse) {}
}

/** Routes of the API with what all of them have: their origin is asked for, and the connection is given back. */
export function toConsoleRoutes(routes: readonly ApiRoute[], options: ConsoleOptions): ConsoleRoute[] {
  return routes.map(({ method, path, access, recognisesCallers, answer }) => ({
    ...{ method, access, path: `${API}/${path}`, failures: 'object' as const },
    ...(recognisesCallers && { recognisesCallers }),
    async handle(request) {
      const refusal = foreignRefusal(request, options);
      if (refusal !== undefined) return refusal;
      let connected: ConsoleConnection | undefined;
      const connection = async () => {
        connected ??= await options.connect(request.caller);
        const { settings } = connected;
        return { ...connected, settings: { ...settings, signal: request.signal } };
      };
      try {
        const answered = await answer({ request, caller: request.caller, connection });
        return answered instanceof RawAnswer ? answered.response : toJsonResponse(answered);
      } finally {
        connected?.release();
      }
    },
  }));
}

export function toJsonResponse(body: object, status = 200): ConsoleResponse {
  return {
    status,
    contentType: 'application/json; charset=utf-8',
    body: [Buffer.from(JSON.stringify(body))],
    headers: API_HEADERS,
  };
}

/** 404 in the form of all errors, for what the catalogue has no code of its own for. */
export function notFound(error: DeepHealthError): ConsoleResponse {
  return failure(error, 404);
}

function failure({ code, message, details, retryable }: DeepHealthError, status: number): ConsoleResponse {
  return toJsonResponse({ error: { code, message, details, retryable } }, status);
}

/** 403 for pages of others, and for names of others that were bent to this machine. */
function foreignRefusal(
  { headers }: ConsoleRequest,
  { hasAccessControl, ownNames }: ConsoleOptions,
): ConsoleResponse | undefined {
  const isBent = !hasAccessControl && ownNames !== undefined && !isOwnName(headers, ownNames);
  if (!isBent && !isForeignPage(headers)) return undefined;
  const message = isBent
    ? 'The console is asked by the name or address of this machine.'
    : 'Web pages of other origins may not ask the console.';
  return failure(new DeepHealthError('DH_REQUEST_MALFORMED', message), 403);
}
