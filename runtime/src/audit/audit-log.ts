import { mkdir, open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { DeepHealthError } from '@deephealth/sdk';
import { type Log, silentLog } from '../log.js';
import type { AuditEvent } from './audit-event.js';
import { AUDIT_DEFAULTS, type AuditSettings } from './audit-settings.js';
import { CommitGroups } from './commit-groups.js';
import { DeniedFlood } from './denied-flood.js';
import { type FolderLock, lockFolder } from './folder-lock.js';
import { writeHead } from './head-file.js';
import { recordBody } from './record-body.js';
import { type ChainPlace, LineWriter } from './record-line.js';
import { type Recovered, recoverFolder } from './recover-folder.js';
import { deleteSegments, expiredSegments } from './retention.js';
import { segmentName } from './segment-files.js';
import { type OpenSegment, openSegmentFile, SegmentWriter } from './segment-writer.js';
import { type AuditSigner, readSigner } from './signing-key.js';

/** What `AuditLog.open` takes. */
export interface AuditLogOptions extends AuditSettings {
  readonly log?: Log;
  /** Hears when records cannot be written, and when they can again. */
  onHealth?(isWriting: boolean): void;
  /** For tests of disks that fail. */
  readonly openSegment?: OpenSegment;
}

/** Figures for metrics. */
export interface AuditFigures {
  readonly records: number;
  readonly groups: number;
  readonly lost: number;
  readonly isWriting: boolean;
}

/** Version of the record format, in the first record of every segment. */
export const FORMAT = 'deephealth-audit-1';

const HEAD_INTERVAL_MS = 100;
const RETRY_MS = 500;
const RETENTION_INTERVAL_MS = 3_600_000;
// More records than this wait only if the disk stands still; then requests without a result are counted, not kept.
const MOST_WAITING = 20_000;
// One for all who need not wait.
const AT_ONCE = Promise.resolve();

/** The audit log of one server: it alone writes to its folder. */
export class AuditLog {
  readonly #options: AuditLogOptions;
  readonly #isDurable: boolean;
  readonly #log: Log;
  readonly #lock: FolderLock;
  readonly #signer: AuditSigner | undefined;
  readonly #groups: CommitGroups;
  readonly #lines = new LineWriter();
  readonly #denied = new DeniedFlood({ record: (event) => void this.record(event).catch(() => undefined) });
  readonly #openedAtNs = process.hrtime.bigint();
  #last: ChainPlace;
  #segment: SegmentWriter | undefined;
  #segmentRecords = 0;
  #segmentBeganMs = Date.now();
  #headSeq = 0;
  #headTimer: NodeJS.Timeout | undefined;
  #headWritten: Promise<void> = Promise.resolve();
  #retryTimer: NodeJS.Timeout | undefined;
  #retentionTimer: NodeJS.Timeout | undefined;
  #failedSinceMs: number | undefined;
  #isRetrying = false;
  #isClosing = false;
  #lost = 0;
  #records = 0;
  #groupCount = 0;
  #timeMs = 0;
  #timeText = '';

  private constructor(
    options: AuditLogOptions,
    lock: FolderLock,
    signer: AuditSigner | undefined,
    { last, segment }: Recovered,
    writer: SegmentWriter | undefined,
  ) {
    this.#options = options;
    this.#isDurable = options.durable ?? AUDIT_DEFAULTS.durable;
    this.#log = options.log ?? silentLog;
    this.#lock = lock;
    this.#signer = signer;
    this.#last = last;
    this.#segment = writer;
    this.#segmentRecords = segment?.records ?? 0;
    this.#groups = new CommitGroups({ commit: (bodies) => this.#commitOrFail(bodies) });
  }

  /**
   * Opens a folder for writing, mends what a crash left, and records that the server starts.
   *
   * @throws DH_AUDIT_LOCKED, DH_CONFIG_INVALID for the signing key, DH_AUDIT_UNAVAILABLE if nothing can be written
   */
  static async open(options: AuditLogOptions): Promise<AuditLog> {
    const signer = options.signingKeyFile === undefined ? undefined : await readSigner(options.signingKeyFile);
    const { folder } = options;
    const lock = await lockedFolder(folder);
    try {
      const recovered = await recoverFolder(folder);
      const isDurable = options.durable ?? AUDIT_DEFAULTS.durable;
      const { segment } = recovered;
      const how = { isDurable, openFile: options.openSegment };
      const writer =
        segment && new SegmentWriter(await openSegmentFile(segment.file.path, 'r+', how), segment.position, isDurable);
      const log = new AuditLog(options, lock, signer, recovered, writer);
      await log.#begin(recovered);
      return log;
    } catch (thrown) {
      await lock.release();
      throw thrown instanceof DeepHealthError ? thrown : unavailable(thrown);
    }
  }

  /** Whether requests without a result are recorded. */
  get recordsRefusals(): boolean {
    return this.#options.recordRefusals ?? AUDIT_DEFAULTS.recordRefusals;
  }

  get isWriting(): boolean {
    return this.#failedSinceMs === undefined;
  }

  get figures(): AuditFigures {
    return { records: this.#records, groups: this.#groupCount, lost: this.#lost, isWriting: this.isWriting };
  }

  /**
   * For the time before a model is asked: no work is begun whose record cannot be written.
   *
   * @throws DH_AUDIT_UNAVAILABLE
   */
  assertWriting(): void {
    if (this.#failedSinceMs !== undefined) throw unavailable();
  }

  /**
   * Records an event. Resolves when the record is on the disk, or at once where the log is not durable.
   * Rejects with DH_AUDIT_UNAVAILABLE if it could not be written; then it is not in the log.
   */
  record(event: AuditEvent): Promise<void> {
    if (this.#failedSinceMs !== undefined || this.#isClosing) {
      this.#lost += 1;
      return Promise.reject(unavailable());
    }
    const written = this.#groups.add(this.#stamped(recordBody(event)));
    return this.#isDurable ? written : AT_ONCE;
  }

  /** Whether what {@link record} gave has resolved, so that the answer may leave. */
  hasWritten(written: Promise<void>): boolean {
    return this.#groups.hasWritten(written) || (written === AT_ONCE && !this.#isDurable);
  }

  /**
   * Records an event for which nobody waits. What cannot be written is counted, and said when writing works again. Of a
   * flood of denials, the most are recorded together.
   */
  note(event: AuditEvent): void {
    if (event.kind === 'access-denied' && !this.#denied.admits(event)) return;
    if (this.#groups.waiting >= MOST_WAITING) {
      this.#lost += 1;
      return;
    }
    this.record(event).catch(() => undefined);
  }

  /** Writes what waits and that the server stops, and gives the folder back. */
  async close(): Promise<void> {
    if (this.#isClosing) return;
    this.#denied.flush();
    await this.record({ kind: 'server-stop' }).catch(() => undefined);
    this.#isClosing = true;
    await this.#groups.idle;
    for (const timer of [this.#headTimer, this.#retryTimer, this.#retentionTimer]) clearTimeout(timer);
    await this.#headWritten;
    const folder = this.#options.folder;
    await this.#segment
      ?.close()
      .then(() => writeHead(folder, this.#last, this.#signer, true))
      .catch((cause) => this.#log('error', 'audit.not-closed', { code: codeOf(cause) }));
    await this.#lock.release();
  }

  async #begin({ segment, finding }: Recovered): Promise<void> {
    const bodies: string[] = [];
    if (finding !== undefined) {
      const { cutBytes, missing, damaged } = finding;
      this.#log(missing || damaged ? 'error' : 'warn', 'audit.recovered', {
        cutBytes,
        damaged,
        missingThrough: missing?.seq,
      });
      bodies.push(
        this.#stamped(
          '"kind":"recovery"' +
            (cutBytes === undefined ? '' : `,"cutBytes":${cutBytes}`) +
            (damaged === undefined ? '' : `,"damaged":"${damaged}"`) +
            (missing === undefined ? '' : `,"missing":{"seq":${missing.seq},"hash":"${missing.hash}"}`),
        ),
      );
    }
    bodies.push(this.#stamped(recordBody({ kind: 'server-start', isDurable: this.#isDurable })));
    if (segment !== undefined) this.#segmentBeganMs = Date.now();
    await this.#commit(bodies);
    await this.#writeHead(true);
    await this.#applyRetention();
    this.#retentionTimer = setInterval(() => void this.#applyRetention(), RETENTION_INTERVAL_MS).unref();
  }

  /** Time, and microseconds of a clock that nobody sets, since the log was opened. */
  #stamped(body: string): string {
    const nowMs = Date.now();
    if (nowMs !== this.#timeMs) {
      this.#timeMs = nowMs;
      this.#timeText = new Date(nowMs).toISOString();
    }
    const mono = Number((process.hrtime.bigint() - this.#openedAtNs) / 1000n);
    return `"time":"${this.#timeText}","mono":${mono},${body}`;
  }

  async #commitOrFail(bodies: readonly string[]): Promise<void> {
    try {
      if (this.#failedSinceMs !== undefined && !this.#isRetrying) throw new Error('the log waits for the disk');
      await this.#commit(bodies);
    } catch (cause) {
      this.#lost += bodies.length;
      this.#onFailure(cause);
      throw unavailable(cause);
    }
  }

  async #commit(bodies: readonly string[]): Promise<void> {
    if (this.#isSegmentFull()) await this.#endSegment();
    if (this.#segment === undefined) await this.#beginSegment();
    await this.#write(bodies);
    this.#groupCount += 1;
    this.#headTimer ??= setTimeout(() => {
      this.#headTimer = undefined;
      void this.#writeHead(false);
    }, HEAD_INTERVAL_MS).unref();
  }

  async #write(bodies: readonly string[]): Promise<void> {
    const { bytes, last } = this.#lines.write(bodies, this.#last);
    await (this.#segment as SegmentWriter).write(bytes);
    this.#last = last;
    this.#records += bodies.length;
    this.#segmentRecords += bodies.length;
  }

  #isSegmentFull(): boolean {
    if (this.#segment === undefined || this.#segmentRecords === 0) return false;
    const { segmentMiB = AUDIT_DEFAULTS.segmentMiB, segmentHours = AUDIT_DEFAULTS.segmentHours } = this.#options;
    if (this.#segment.position >= segmentMiB * 1024 * 1024) return true;
    return Date.now() - this.#segmentBeganMs >= segmentHours * 3_600_000;
  }

  async #endSegment(): Promise<void> {
    const { seq, hash } = this.#last;
    const signature =
      this.#signer && `,"keyId":"${this.#signer.keyId}","signature":"${this.#signer.sign({ seq, hash })}"`;
    await this.#write([this.#stamped(`"kind":"segment-end","records":${this.#segmentRecords + 1}${signature ?? ''}`)]);
    await this.#segment?.close();
    this.#segment = undefined;
    void this.#applyRetention();
  }

  async #beginSegment(): Promise<void> {
    const { folder } = this.#options;
    const name = segmentName(this.#last.seq + 1);
    const how = { isDurable: this.#isDurable, openFile: this.#options.openSegment };
    const writer = new SegmentWriter(await openSegmentFile(join(folder, name), 'wx', how), 0, this.#isDurable);
    this.#segmentRecords = 0;
    this.#segmentBeganMs = Date.now();
    this.#segment = writer;
    try {
      const key = this.#signer && `,"publicKey":"${this.#signer.publicKey}"`;
      await this.#write([this.#stamped(`"kind":"segment-start","format":"${FORMAT}"${key ?? ''}`)]);
      await syncFolder(folder);
    } catch (cause) {
      // An empty file would take the name of the segment that is begun when it works again.
      if (this.#segmentRecords === 0) {
        this.#segment = undefined;
        await writer.abandon();
        await rm(join(folder, name), { force: true }).catch(() => undefined);
      }
      throw cause;
    }
  }

  #writeHead(isForced: boolean): Promise<void> {
    if (this.#headSeq === this.#last.seq) return this.#headWritten;
    const place = this.#last;
    this.#headWritten = this.#headWritten
      .then(() => writeHead(this.#options.folder, place, this.#signer, isForced))
      .then(() => {
        this.#headSeq = place.seq;
      })
      // The records are what counts; the next head says as much.
      .catch((cause) => this.#log('warn', 'audit.head-not-written', { code: codeOf(cause) }));
    return this.#headWritten;
  }

  #onFailure(cause: unknown): void {
    if (this.#failedSinceMs === undefined) {
      this.#failedSinceMs = Date.now();
      this.#log('error', 'audit.unavailable', { code: codeOf(cause) });
      this.#options.onHealth?.(false);
    }
    if (this.#isClosing) return;
    this.#retryTimer ??= setTimeout(() => {
      this.#retryTimer = undefined;
      void this.#retry();
    }, RETRY_MS).unref();
  }

  /** Tries with a record of the time without records. */
  async #retry(): Promise<void> {
    const failedMs = Date.now() - (this.#failedSinceMs ?? Date.now());
    const lost = this.#lost;
    this.#isRetrying = true;
    try {
      await this.#groups.add(this.#stamped(`"kind":"resumed","failedMs":${failedMs},"lost":${lost}`));
    } catch {
      this.#lost -= 1;
      return;
    } finally {
      this.#isRetrying = false;
    }
    this.#lost -= lost;
    this.#failedSinceMs = undefined;
    this.#log('warn', 'audit.available', { failedMs, lost });
    this.#options.onHealth?.(true);
  }

  /** Says in the chain which segments go, then deletes them. */
  async #applyRetention(): Promise<void> {
    const { folder, retentionDays } = this.#options;
    if (retentionDays === undefined) return;
    try {
      const expired = await expiredSegments(folder, Date.now() - retentionDays * 86_400_000);
      if (expired === undefined) return;
      const { files, through } = expired;
      const signature = this.#signer && `,"keyId":"${this.#signer.keyId}","signature":"${this.#signer.sign(through)}"`;
      await this.#groups.add(
        this.#stamped(
          `"kind":"retention","segments":${files.length},"through":{"seq":${through.seq},"hash":"${through.hash}"}${signature ?? ''}`,
        ),
      );
      await deleteSegments(files);
      this.#log('info', 'audit.retention', { segments: files.length, throughSeq: through.seq });
    } catch (cause) {
      this.#log('warn', 'audit.retention-failed', { code: codeOf(cause) });
    }
  }
}

async function lockedFolder(folder: string): Promise<FolderLock> {
  try {
    await mkdir(folder, { recursive: true, mode: 0o750 });
    return await lockFolder(folder);
  } catch (thrown) {
    throw thrown instanceof DeepHealthError ? thrown : unavailable(thrown);
  }
}

/** A file of a folder is there for good once the folder is on the disk. */
async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return;
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

function codeOf(cause: unknown): string {
  return (cause as NodeJS.ErrnoException | undefined)?.code ?? 'unknown';
}

function unavailable(cause?: unknown): DeepHealthError {
  return new DeepHealthError(
    'DH_AUDIT_UNAVAILABLE',
    'The server cannot write its audit record, so it gives no answer. Its log says why; the request may be sent again.',
    { retryAfterMs: 1000, cause },
  );
}
