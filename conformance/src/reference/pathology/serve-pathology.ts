import type { PathologySettings } from '../../pathology/write-pathology-folder.js';
import { type RunningPlatformAdapter, servePlatformAdapter } from '../adapter/serve-platform-adapter.js';
import { type PathologyParts, PathologyReference } from './pathology-reference.js';

export interface RunningPathology extends RunningPlatformAdapter {
  readonly reference: PathologyReference;
}

/** Serves an adapter for slides, or a mutant of it. */
export async function servePathology(
  settings: PathologySettings,
  runtime: string,
  parts: PathologyParts = {},
): Promise<RunningPathology> {
  const { Service = PathologyReference } = parts;
  const reference = new Service(settings, runtime, parts);
  return { ...(await servePlatformAdapter(reference, runtime)), reference };
}
