import { mkdir, open } from 'node:fs/promises';
import { join } from 'node:path';
import { DeepHealthError } from '@deephealth/sdk';
import { PART_OF_A_PATH, type StageRecord } from './stage-record.js';

/** Longer files are of a machine that runs the same command for ever, and no longer of a way into production. */
export const MAX_FILE_BYTES = 1024 * 1024;

/** The file of a model version. Throws DH_CONFIG_INVALID for a name or version that is none. */
export function timelineFile(folder: string, model: { name: string; version: string }): string {
  for (const field of ['name', 'version'] as const) {
    if (PART_OF_A_PATH.test(model[field])) continue;
    throw new DeepHealthError(
      'DH_CONFIG_INVALID',
      `The ${field} of a model has letters, digits, ".", "_", "+" and "-", and does not begin with a dot.`,
      { details: { field } },
    );
  }
  return join(folder, model.name, `${model.version}.ndjson`);
}

/**
 * Appends a stage to the file of the model version: one write of one line, so that commands that run at the same time
 * keep each other's. Nothing more is appended to a file of {@link MAX_FILE_BYTES}. Throws what the file system throws.
 */
export async function recordStage(
  folder: string,
  model: { name: string; version: string },
  record: StageRecord,
): Promise<void> {
  const path = timelineFile(folder, model);
  await mkdir(join(folder, model.name), { recursive: true });
  const file = await open(path, 'a+', 0o644);
  try {
    const { size } = await file.stat();
    if (size >= MAX_FILE_BYTES) return;
    // What a crash has cut off must not swallow the next line.
    const last = Buffer.alloc(1);
    if (size > 0) await file.read(last, 0, 1, size - 1);
    const start = size > 0 && last[0] !== 0x0a ? '\n' : '';
    await file.write(`${start}${JSON.stringify(record)}\n`);
  } finally {
    await file.close();
  }
}
