import { DeepHealthError, type Manifest } from '@deephealth/sdk';
import type { Suspension } from '../control/control-state.js';

/** Which version an error speaks of. */
interface Named {
  readonly name: string;
  readonly version: string;
}

export function identityError({ name, version }: Named, manifest: Manifest): DeepHealthError | undefined {
  if (manifest.name === name && manifest.version === version) return undefined;
  return new DeepHealthError(
    'DH_MANIFEST_INVALID',
    `model.json: fields "/name" and "/version" say "${manifest.name}" "${manifest.version}", the folders say "${name}" "${version}". Rename one of them.`,
    { details: { file: 'model.json', field: '/name' } },
  );
}

export function quarantined({ name, version }: Named, reason: DeepHealthError | undefined): DeepHealthError {
  return new DeepHealthError(
    'DH_MODEL_QUARANTINED',
    `Model "${name}" ${version} was refused: ${reason?.message ?? ''}`,
    { details: { model: name, version, reason: reason?.reason ?? '' } },
  );
}

/** In the words of who has stopped it; who that is, operators see. */
export function suspended({ name, version }: Named, { reason, sinceMs }: Suspension): DeepHealthError {
  const since = new Date(sinceMs).toISOString();
  return new DeepHealthError(
    'DH_MODEL_SUSPENDED',
    `The use of model "${name}" ${version} is stopped since ${since}: ${reason}`,
    { details: { model: name, version, since } },
  );
}

/** Other bytes than those that were judged have come up at a host. */
export function packageChanged({ name, version }: Named): DeepHealthError {
  return new DeepHealthError(
    'DH_PACKAGE_CHANGED',
    `The package of model "${name}" ${version} is no longer the one that was verified. Load or verify the version again if the change is meant.`,
    { details: { model: name, version } },
  );
}

export function statelessModel({ name, version }: Named): DeepHealthError {
  return new DeepHealthError(
    'DH_FEATURE_UNSUPPORTED',
    `Model "${name}" ${version} keeps no state between requests; leave "sequence_context" out.`,
    { details: { field: 'sequence_context' } },
  );
}

export function unloaded(why: 'unloaded' | 'stopping'): DeepHealthError {
  return why === 'stopping'
    ? new DeepHealthError('DH_SERVER_STOPPING', 'The server is stopping; the request was not done before.')
    : new DeepHealthError('DH_MODEL_UNLOADED', 'The model was unloaded before the request was done.');
}
