import type { runtimeV1 } from '@deephealth/proto';

/** One suspension for people: what, since when, by whom and why. */
export function suspensionLine(name: string, version: string, suspension: runtimeV1.Suspension__Output): string {
  const since = suspension.since ? new Date(Number(suspension.since.seconds) * 1000).toISOString() : 'an unknown time';
  const what = version === '' ? `${name}, all versions` : `${name} ${version}`;
  return `${what}: SUSPENDED since ${since} by ${suspension.subject}\n  ${suspension.reason}`;
}
