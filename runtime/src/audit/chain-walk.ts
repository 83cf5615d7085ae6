import type { KeyObject } from 'node:crypto';
import { type AuditProblem, MOST_PROBLEMS, type VerifyOptions } from './audit-problem.js';
import type { FileLine } from './file-lines.js';
import type { Head } from './head-file.js';
import { type ChainPlace, GENESIS, type LinkedLine, readLine } from './record-line.js';
import type { SegmentFile } from './segment-files.js';
import { isSignedBy, keyIdOf, parsePublicKey } from './signing-key.js';

// Number, time and monotonic time come first; the kind of a record stands within.
const KIND_WITHIN_BYTES = 160;
const CLOCK_JUMP_MS = 1000;
const MOST_JUMPS = 100;
const MOST_GAPS = 1000;

/** Kinds whose fields matter to the chain; others are only hashed. */
const PARSED = /"kind":"(segment-start|segment-end|retention|recovery|server-start)"/;

type Fields = Readonly<Record<string, unknown>>;

interface Gap {
  first: number;
  last: number;
  readonly problem: AuditProblem;
}

/** Follows a chain through its segments, and says where it is not one. After a fault it goes on with what is there. */
export class ChainWalk {
  readonly #options: VerifyOptions;
  readonly problems: AuditProblem[] = [];
  readonly clockJumps: { seq: number; seconds: number }[] = [];
  problemCount = 0;
  records = 0;
  inferences = 0;
  signatures = 0;
  first: ChainPlace | undefined;
  last: ChainPlace | undefined;
  statedKey: KeyObject | undefined;
  anchorSeen = false;
  readonly #signers = new Map<string, boolean>();
  readonly #gaps: Gap[] = [];
  #file: SegmentFile | undefined;
  #isFirstOfSegment = true;
  #prevOfFirst = GENESIS;
  #stated: ChainPlace | undefined;
  #clock: { readonly timeMs: number; readonly monoMs: number } | undefined;
  #torn: FileLine | undefined;
  readonly #head: Head | undefined;
  #isHeadWrong = false;
  #firstFile = '';

  constructor(options: VerifyOptions, head: Head | undefined) {
    this.#options = options;
    this.#head = head;
  }

  get signedBy(): { keyId: string; isTrusted: boolean } | undefined {
    const [first] = this.#signers;
    return first && { keyId: first[0], isTrusted: first[1] };
  }

  beginSegment(file: SegmentFile): void {
    this.#file = file;
    this.#isFirstOfSegment = true;
    this.#torn = undefined;
  }

  /** @param isLastSegment its end may be one that a server is about to write */
  take(line: FileLine, isLastSegment: boolean): void {
    // Something comes behind it, so that it is not just half of what was written last.
    if (this.#torn !== undefined) this.#at('unreadable', this.#torn, undefined, 'These bytes are no record.');
    this.#torn = undefined;
    const read = line.isWhole ? readLine(line.bytes) : undefined;
    if (read === undefined && isLastSegment) {
      // At the very end: a server writes it now, or was ended while it did.
      this.#torn = { ...line, bytes: Buffer.alloc(0) };
      return;
    }
    if (read === undefined) {
      this.#at('unreadable', line, undefined, 'These bytes are no record.');
      return;
    }
    if (read.computed !== read.hash) {
      this.#at('changed', line, read.seq, `Record ${read.seq} is not as it was written: its bytes give another hash.`);
      // Its number may be what was changed.
      const seq = this.#followsNumber(read) ? read.seq : (this.last?.seq ?? 0) + 1;
      this.#goOn({ ...read, seq, hash: '' }, line, true);
      return;
    }
    this.#link(read, line);
  }

  endSegment(): void {
    if (!this.#isFirstOfSegment) return;
    const { name = '' } = this.#file ?? {};
    this.report({ kind: 'unreadable', file: name, message: 'The file holds no record.' });
  }

  end(): void {
    this.#checkBeginning();
    const head = this.#head;
    const lastFile = this.#file?.name ?? '';
    if (head !== undefined) {
      const last = this.last;
      if (last === undefined || head.seq > last.seq) {
        this.report({
          kind: 'cut-tail',
          file: lastFile,
          seq: head.seq,
          message: `The log ends with record ${last?.seq ?? 0}, its head says ${head.seq}: ${head.seq - (last?.seq ?? 0)} records are missing at its end.`,
        });
      } else if (this.#isHeadWrong) {
        this.report({
          kind: 'head',
          file: 'head.json',
          seq: head.seq,
          message: `Record ${head.seq} has another hash than the head says: the end of the log was written anew.`,
        });
      }
    }
    if (this.#torn !== undefined && (head === undefined || head.seq > (this.last?.seq ?? 0))) {
      this.#at('unreadable', this.#torn, undefined, 'The last line is no record.');
    }
  }

  report(problem: AuditProblem): void {
    this.problemCount += 1;
    if (this.problems.length < MOST_PROBLEMS) this.problems.push(problem);
  }

  countSignature(key: KeyObject): void {
    this.signatures += 1;
    this.#signers.set(keyIdOf(key), this.#options.publicKey !== undefined);
  }

  #followsNumber({ seq }: LinkedLine): boolean {
    return this.last === undefined || seq === this.last.seq + 1;
  }

  #link(read: LinkedLine, line: FileLine): void {
    const { last } = this;
    if (this.#isFirstOfSegment) this.#checkName(read, line);
    this.#isFirstOfSegment = false;
    if (last === undefined) {
      this.#prevOfFirst = read.prev;
      this.#goOn(read, line);
      return;
    }
    if (read.seq === last.seq + 1) {
      if (read.prev !== last.hash && last.hash !== '') {
        this.#at(
          'broken-link',
          line,
          read.seq,
          `Record ${read.seq} does not follow the record before it: one of them was written anew or put in.`,
        );
      }
      this.#goOn(read, line);
      return;
    }
    if (read.seq > last.seq) {
      const [from, to] = [last.seq + 1, read.seq - 1];
      const which = from === to ? `Record ${from} is` : `Records ${from} to ${to} are`;
      this.#at('missing', line, from, `${which} missing in front of record ${read.seq}.`);
      const problem = this.problems.at(-1);
      if (problem !== undefined && this.#gaps.length < MOST_GAPS) this.#gaps.push({ first: from, last: to, problem });
      this.#goOn(read, line);
      return;
    }
    const gap = this.#gaps.find(({ first, last: to }) => first <= read.seq && read.seq <= to);
    if (gap !== undefined) {
      this.#at('reordered', line, read.seq, `Record ${read.seq} stands behind record ${last.seq}.`);
      // It is not missing then.
      if (gap.first === gap.last) this.#withdraw(gap);
      else if (gap.first === read.seq) gap.first += 1;
      else if (gap.last === read.seq) gap.last -= 1;
      this.records += 1;
      return;
    }
    this.#at(
      'duplicated',
      line,
      read.seq,
      `A record ${read.seq} is there already: it was copied or put in behind record ${last.seq}.`,
    );
    this.records += 1;
  }

  #withdraw(gap: Gap): void {
    this.#gaps.splice(this.#gaps.indexOf(gap), 1);
    const index = this.problems.indexOf(gap.problem);
    if (index < 0) return;
    this.problems.splice(index, 1);
    this.problemCount -= 1;
  }

  /** @param isChanged then nothing but its place is believed */
  #goOn(read: LinkedLine, line: FileLine, isChanged = false): void {
    this.records += 1;
    const place = { seq: read.seq, hash: read.hash };
    if (this.first === undefined) this.#firstFile = this.#file?.name ?? '';
    this.first ??= place;
    if (this.#isFirstOfSegment) this.#checkName(read, line);
    this.#isFirstOfSegment = false;
    const before = this.last;
    this.last = place;
    if (this.#head?.seq === place.seq && place.hash !== '' && this.#head.hash !== place.hash) this.#isHeadWrong = true;
    const { anchor } = this.#options;
    if (anchor !== undefined && anchor.seq === place.seq && anchor.hash === place.hash) this.anchorSeen = true;
    if (isChanged) return;
    const start = line.bytes.toString('latin1', 0, KIND_WITHIN_BYTES);
    this.#checkClock(start, read.seq);
    if (start.includes('"kind":"inference"')) this.inferences += 1;
    else if (PARSED.test(start)) this.#parsed(JSON.parse(line.bytes.toString()) as Fields, before, line, read);
  }

  #checkName({ seq }: LinkedLine, line: FileLine): void {
    const { firstSeq = seq } = this.#file ?? {};
    if (firstSeq === seq) return;
    this.#at(
      'segment-name',
      line,
      seq,
      `The file begins with record ${seq}, its name says ${firstSeq}: it was renamed, or its beginning is missing.`,
    );
  }

  /** The difference of the two clocks is that of the first record since the start of the server. */
  #checkClock(start: string, seq: number): void {
    const match = /"time":"([^"]{20,30})","mono":(\d{1,16})/.exec(start);
    if (match === null) return;
    const timeMs = Date.parse(match[1] as string);
    const monoMs = Number(match[2]) / 1000;
    const before = this.#clock;
    this.#clock = { timeMs, monoMs };
    // A new start begins its own monotonic time.
    if (before === undefined || monoMs < before.monoMs) return;
    const jumpMs = timeMs - before.timeMs - (monoMs - before.monoMs);
    if (Math.abs(jumpMs) < CLOCK_JUMP_MS || this.clockJumps.length >= MOST_JUMPS) return;
    this.clockJumps.push({ seq, seconds: Math.round(jumpMs / 100) / 10 });
  }

  #parsed(fields: Fields, before: ChainPlace | undefined, line: FileLine, { seq }: LinkedLine): void {
    switch (fields.kind) {
      case 'segment-start':
        if (typeof fields.publicKey === 'string') this.statedKey = parsePublicKey(fields.publicKey);
        break;
      case 'segment-end':
        if (before !== undefined) this.#checkSignature(fields, before, line, seq);
        break;
      case 'retention': {
        const through = placeOf(fields.through);
        this.#stated = through;
        if (through !== undefined && fields.signature !== undefined) this.#checkSignature(fields, through, line, seq);
        break;
      }
      case 'recovery':
        this.#checkRecovery(fields, line, seq);
        break;
    }
  }

  #checkSignature(fields: Fields, place: ChainPlace, line: FileLine, seq: number): void {
    const key = this.#options.publicKey ?? this.statedKey;
    if (typeof fields.signature !== 'string') {
      if (key !== undefined) this.#at('signature', line, seq, `Record ${seq} is not signed, and the log is.`);
      return;
    }
    if (key !== undefined && isSignedBy(key, place, fields.signature)) this.countSignature(key);
    else
      this.#at(
        'signature',
        line,
        seq,
        `The signature in record ${seq} is not by the key ${key ? keyIdOf(key) : 'of the log'}.`,
      );
  }

  #checkRecovery({ missing, damaged }: Fields, line: FileLine, seq: number): void {
    const lost = placeOf(missing);
    if (lost !== undefined) {
      this.#at(
        'stated-loss',
        line,
        seq,
        `When the server started, the log ended before record ${lost.seq}, which its head named.`,
      );
    }
    if (typeof damaged === 'string') {
      this.#at('stated-loss', line, seq, `When the server started, ${damaged} was damaged in its middle.`);
    }
  }

  /** A log begins with its first record, or where the statement of its retention says. */
  #checkBeginning(): void {
    const { first } = this;
    if (first === undefined || first.seq === 1) return;
    const isStated = this.#stated?.seq === first.seq - 1 && this.#stated.hash === this.#prevOfFirst;
    // Files that a statement names and that are still there were about to be deleted.
    const isAhead = this.#stated !== undefined && this.#stated.seq >= first.seq;
    if (isStated || isAhead) return;
    this.report({
      kind: 'missing',
      file: this.#firstFile,
      line: 1,
      seq: 1,
      message: `Records 1 to ${first.seq - 1} are missing, and no statement of a retention says that they were deleted.`,
    });
  }

  #at(kind: AuditProblem['kind'], line: FileLine, seq: number | undefined, message: string): void {
    this.report({ kind, file: this.#file?.name ?? '', line: line.number, ...(seq !== undefined && { seq }), message });
  }
}

function placeOf(value: unknown): ChainPlace | undefined {
  const { seq, hash } = (value ?? {}) as { seq?: unknown; hash?: unknown };
  return typeof seq === 'number' && typeof hash === 'string' ? { seq, hash } : undefined;
}
