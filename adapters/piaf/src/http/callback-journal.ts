import { mkdir, open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DeepHealthError } from '@deephealth/sdk';

export type CallbackEvent = 'success' | 'inProgress' | 'failed';

/** Which callbacks need no more: over a restart, where there is a folder. */
export interface CallbackJournal {
  has(runId: string, event: CallbackEvent): boolean;
  /** Durable when it resolves. */
  add(runId: string, event: CallbackEvent, end: 'delivered' | 'given-up'): Promise<void>;
  close(): Promise<void>;
}

const FILE = 'callbacks.ndjson';

/** @param folder absent to remember only as long as the process lives */
export async function openCallbackJournal(folder: string | undefined): Promise<CallbackJournal> {
  const done = new Set<string>();
  const keyOf = (runId: string, event: CallbackEvent) => `${runId} ${event}`;
  if (folder === undefined) {
    return {
      has: (runId, event) => done.has(keyOf(runId, event)),
      add: async (runId, event) => void done.add(keyOf(runId, event)),
      close: async () => undefined,
    };
  }
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const path = join(folder, FILE);
  const text = await readFile(path, 'utf8').catch((thrown: NodeJS.ErrnoException) => {
    if (thrown.code === 'ENOENT') return '';
    throw new DeepHealthError('DH_RUN_STORE_INVALID', 'The journal of callbacks cannot be read.', { cause: thrown });
  });
  for (const line of text.split('\n')) {
    const entry = entryOf(line);
    if (entry !== undefined) done.add(keyOf(entry.run, entry.event));
  }
  const file = await open(path, 'a', 0o600);
  // What a crash cut short is an entry that was never made; the next one begins a line of its own.
  if (text !== '' && !text.endsWith('\n')) await file.write('\n');
  return {
    has: (runId, event) => done.has(keyOf(runId, event)),
    async add(run, event, end) {
      done.add(keyOf(run, event));
      await file.write(`${JSON.stringify({ run, event, end })}\n`);
      await file.datasync();
    },
    close: () => file.close(),
  };
}

function entryOf(line: string): { readonly run: string; readonly event: CallbackEvent } | undefined {
  try {
    const { run, event } = JSON.parse(line);
    return typeof run === 'string' ? { run, event } : undefined;
  } catch {
    return undefined;
  }
}
