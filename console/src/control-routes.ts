import { DeepHealthError } from '@deephealth/sdk';
import type { SuspensionAnswer } from './api.js';
import type { ApiCall, ApiRoute } from './api-route.js';
import type { ConsoleConnection, ConsoleOptions } from './console-options.js';
import { toModelRow } from './model-row.js';

interface Act {
  readonly version: string;
  readonly reason: string;
}

/** Suspends and resumes; nobody's on a server that asks nobody who they are. */
export function controlRoutes({ hasAccessControl }: ConsoleOptions): ApiRoute[] {
  const answer =
    (act: (connection: ConsoleConnection, name: string, act: Act) => Promise<unknown>) =>
    async ({ request, connection }: ApiCall): Promise<SuspensionAnswer> => {
      if (!hasAccessControl) {
        throw new DeepHealthError(
          'DH_PERMISSION_DENIED',
          'This server asks nobody who they are, so that its console changes nothing. Use "deephealth model", or set "access".',
        );
      }
      const asked = parseAct(await request.readBody());
      const connected = await connection();
      const name = request.param('name');
      await act(connected, name, asked);
      return { models: (await connected.runtime.listModels(name, connected.settings)).map(toModelRow) };
    };
  return [
    {
      ...{ method: 'POST', path: 'models/{name}/suspend', access: 'models.suspend' },
      answer: answer(({ control, settings }, name, { version, reason }) =>
        control.suspendModel(name, version, reason, settings),
      ),
    },
    {
      ...{ method: 'POST', path: 'models/{name}/resume', access: 'models.resume' },
      answer: answer(({ control, settings }, name, { version, reason }) =>
        control.resumeModel(name, version, reason, settings),
      ),
    },
  ];
}

/** Throws DH_REQUEST_MALFORMED. What a reason may be is said by the contract. */
function parseAct(body: Buffer): Act {
  const { version = '', reason, ...others } = parseObject(body);
  const [unknown] = Object.keys(others);
  if (unknown !== undefined) throw malformed('holds a field that is none of "version" and "reason"');
  if (typeof version !== 'string') throw malformed('needs a text as "version", if it has one');
  if (typeof reason !== 'string') throw malformed('needs a text as "reason"');
  return { version, reason };
}

function parseObject(body: Buffer): Record<string, unknown> {
  let document: unknown;
  try {
    document = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body));
  } catch {
    throw malformed('is not JSON');
  }
  if (typeof document === 'object' && document !== null && !Array.isArray(document)) {
    return document as Record<string, unknown>;
  }
  throw malformed('must be a JSON object');
}

function malformed(what: string): DeepHealthError {
  return new DeepHealthError('DH_REQUEST_MALFORMED', `The body ${what}.`, { details: { field: 'body' } });
}
