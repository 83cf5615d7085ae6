import { DeepHealthError } from '@deephealth/sdk';
import { EmpaiaAppApi, type EmpaiaConnection } from './app-api.js';
import { userMessage } from './user-message.js';

/** Variables that EMPAIA starts an app with. */
const VARIABLES = { appApi: 'EMPAIA_APP_API', jobId: 'EMPAIA_JOB_ID', token: 'EMPAIA_TOKEN' } as const;

/** @throws DH_CONFIG_INVALID naming the variables that are missing */
export function empaiaConnection(environment: Readonly<Record<string, string | undefined>>): EmpaiaConnection {
  const missing = Object.values(VARIABLES).filter((name) => (environment[name] ?? '') === '');
  if (missing.length > 0) {
    throw new DeepHealthError(
      'DH_CONFIG_INVALID',
      `A job of EMPAIA has ${missing.join(', ')} in its environment, and this one has not.`,
    );
  }
  const of = (name: string) => environment[name] as string;
  return { appApi: of(VARIABLES.appApi), jobId: of(VARIABLES.jobId), token: of(VARIABLES.token) };
}

/**
 * Runs the work of a job. If it fails, the platform is told that, with a message for the pathologist, and the error
 * is thrown on. A job that is cancelled has not failed: it may go on in the same folder, and the platform knows what
 * it has ended.
 */
export async function withEmpaiaJob<T>(connection: EmpaiaConnection, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (thrown) {
    const error = DeepHealthError.from(thrown);
    // Where the platform cannot be told, there is nobody else to tell.
    if (error.code !== 'DH_CANCELLED') await tell(connection, userMessage(error)).catch(() => undefined);
    throw error;
  }
}

async function tell(connection: EmpaiaConnection, message: string): Promise<void> {
  await new EmpaiaAppApi(connection).fail(message);
}
