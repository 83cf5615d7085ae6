import { lstat, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ConsoleSources, ReportRow } from '@deephealth/console';

const MOST_REPORTS = 100;
const LARGEST_BYTES = 32 * 1024 * 1024;
const ID = /^[A-Za-z0-9][A-Za-z0-9_-]*(?:\.[A-Za-z0-9_-]+)*$/;

/** Conformance reports in `<state folder>/reports/<id>/`, as `deephealth conformance --out` writes them. */
export function reportsSource(folder: string): ConsoleSources['reports'] {
  const rows = new Map<string, { readonly changedMs: number; readonly row: ReportRow | undefined }>();
  const rowOf = async (id: string): Promise<ReportRow | undefined> => {
    const path = join(folder, id, 'report.json');
    const file = await lstat(path).catch(() => undefined);
    if (file?.isFile() !== true || file.size > LARGEST_BYTES) return undefined;
    const known = rows.get(id);
    if (known?.changedMs === file.mtimeMs) return known.row;
    const row = toRow(id, file.mtime, await readFile(path, 'utf8').catch(() => ''));
    rows.set(id, { changedMs: file.mtimeMs, row });
    return row;
  };
  return {
    status: () => ({ available: true }),
    async list() {
      const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
      const ids = entries.flatMap(({ name }) => (ID.test(name) ? [name] : []));
      for (const id of rows.keys()) if (!ids.includes(id)) rows.delete(id);
      const found: ReportRow[] = [];
      for (const id of ids.slice(0, MOST_REPORTS)) {
        const row = await rowOf(id);
        if (row !== undefined) found.push(row);
      }
      return found.sort((one, other) => other.at.localeCompare(one.at));
    },
    async page(id) {
      if (!ID.test(id)) return undefined;
      const path = join(folder, id, 'report.html');
      const file = await lstat(path).catch(() => undefined);
      return file?.isFile() === true && file.size <= LARGEST_BYTES ? readFile(path) : undefined;
    },
  };
}

/** Undefined for what is no report of the suite. */
function toRow(id: string, changed: Date, text: string): ReportRow | undefined {
  let report: Record<string, unknown> | null;
  try {
    report = JSON.parse(text) as Record<string, unknown> | null;
  } catch {
    return undefined;
  }
  const { target, claim, verdict, counts, implementation } = (report ?? {}) as {
    target?: { name?: unknown; title?: unknown; address?: unknown };
    claim?: { profiles?: unknown };
    verdict?: unknown;
    counts?: Record<string, unknown>;
    implementation?: { name?: unknown };
  };
  if (typeof verdict !== 'string' || typeof counts !== 'object' || counts === null) return undefined;
  const count = (name: string) => (typeof counts[name] === 'number' ? counts[name] : 0);
  const [name = ''] = [implementation?.name, target?.name, target?.title, target?.address].filter(
    (one): one is string => typeof one === 'string',
  );
  return {
    ...{ id, target: name, verdict, at: changed.toISOString() },
    profile: Array.isArray(claim?.profiles) ? claim.profiles.join(', ') : '',
    passed: count('pass'),
    failed: count('fail'),
    cases: Object.values(counts).reduce<number>((sum, one) => sum + (typeof one === 'number' ? one : 0), 0),
  };
}
