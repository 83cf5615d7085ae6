import { CONTRACT_VERSIONS } from '@deephealth/proto';
import { type Caller, rolesWith } from '@deephealth/sdk';
import type { ConsolePermission, SessionAnswer, SourceName, SourceStatus } from './api.js';
import type { ApiRoute } from './api-route.js';
import type { ConsoleOptions } from './console-options.js';

const PERMISSIONS: readonly ConsolePermission[] = [
  'models.read',
  'predict',
  'metrics.read',
  'audit.read',
  'feedback.read',
  'models.suspend',
  'models.resume',
];
/** Who asks nobody lets nobody change anything from a page that any browser of this machine may open. */
const ACTS: readonly ConsolePermission[] = ['models.suspend', 'models.resume'];

export function sessionRoute(options: ConsoleOptions): ApiRoute {
  return {
    method: 'GET',
    path: 'session',
    access: 'open',
    recognisesCallers: true,
    answer: ({ caller }): SessionAnswer => ({
      server: { ...options.server, contractVersions: CONTRACT_VERSIONS.map(({ major, minor }) => `${major}.${minor}`) },
      accessControl: options.hasAccessControl,
      ...(caller && { caller: { subject: caller.subject, roles: caller.roles, tenant: caller.tenant } }),
      permissions: permissionsOf(caller, options.hasAccessControl),
      sources: statuses(options),
    }),
  };
}

function permissionsOf(caller: Caller | undefined, hasAccessControl: boolean): ConsolePermission[] {
  if (!hasAccessControl) return PERMISSIONS.filter((permission) => !ACTS.includes(permission));
  return PERMISSIONS.filter((permission) => rolesWith(permission).some((role) => caller?.roles.includes(role)));
}

function statuses({ sources }: ConsoleOptions): Record<SourceName, SourceStatus> {
  const names = Object.keys(sources) as SourceName[];
  return Object.fromEntries(names.map((name) => [name, sources[name].status()])) as Record<SourceName, SourceStatus>;
}
