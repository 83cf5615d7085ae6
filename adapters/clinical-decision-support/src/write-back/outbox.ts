import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Bundle, Identifier } from 'fhir/r4.js';
import { type AppendLog, openAppendLog } from '../feedback/append-log.js';
import type { WriteResult } from './fhir-writer.js';

export const OUTBOX_FILE = 'write-back.ndjson';

/** A result that is to be written. */
export interface DueResult {
  /** Of the call that the result was shown in. */
  readonly requestId: string;
  /** On the FHIR server that it is written to. */
  readonly patientId: string;
  readonly resourceType: 'RiskAssessment' | 'Observation';
  readonly identifier: Identifier;
  readonly bundle: Bundle;
}

/**
 * What is still to be written, on the disk until the FHIR server has it. While it waits, it holds the result
 * and the id of the patient; of what is done, only where it went is kept.
 */
export class Outbox {
  readonly waiting: DueResult[];
  readonly #log: AppendLog;

  private constructor(log: AppendLog, waiting: DueResult[]) {
    this.#log = log;
    this.waiting = waiting;
  }

  static async open(folder: string): Promise<Outbox> {
    await dropFinished(join(folder, OUTBOX_FILE));
    const due = new Map<string, DueResult>();
    const restore = (entry: Record<string, unknown>) => {
      if (entry.kind === 'due') due.set(String(entry.requestId), entry as unknown as DueResult);
      if (entry.kind === 'done') due.delete(String(entry.requestId));
    };
    const isEntry = ({ kind }: Record<string, unknown>) => kind === 'due' || kind === 'done';
    const log = await openAppendLog(folder, OUTBOX_FILE, restore, { isEntry });
    return new Outbox(log, [...due.values()]);
  }

  get brokenAtLine(): number | undefined {
    return this.#log.brokenAtLine;
  }

  /** Resolves once it is on the disk. */
  async add(result: DueResult): Promise<void> {
    await this.#log.append({ kind: 'due', ...result });
    this.waiting.push(result);
  }

  async done({ requestId }: DueResult, { kind, ...found }: WriteResult, at: Date): Promise<void> {
    const index = this.waiting.findIndex((one) => one.requestId === requestId);
    if (index >= 0) this.waiting.splice(index, 1);
    await this.#log.append({ kind: 'done', requestId, as: kind, ...found, at: at.toISOString() });
  }

  close(): Promise<void> {
    return this.#log.close();
  }
}

/** Takes out what has been written, with the values that it holds. */
async function dropFinished(path: string): Promise<void> {
  const text = await readFile(path, 'utf8').catch(() => '');
  // The last one may have been cut off by a crash; damaged ones stay, to be told of.
  const lines = text
    .slice(0, text.lastIndexOf('\n') + 1)
    .split('\n')
    .slice(0, -1);
  const isDone = new Set(lines.map(parsed).flatMap((entry) => (entry?.kind === 'done' ? [entry.requestId] : [])));
  const kept = lines.filter((line) => {
    const entry = parsed(line);
    return entry === undefined || !(entry.kind === 'due' && isDone.has(entry.requestId));
  });
  if (kept.length === lines.length) return;
  await writeFile(`${path}.new`, kept.map((line) => `${line}\n`).join(''), { mode: 0o600 });
  await rename(`${path}.new`, path);
}

function parsed(line: string): { readonly kind?: unknown; readonly requestId?: unknown } | undefined {
  try {
    const entry: unknown = JSON.parse(line);
    return typeof entry === 'object' && entry !== null ? entry : undefined;
  } catch {
    return undefined;
  }
}
