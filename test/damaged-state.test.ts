import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { open as openFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DeepHealthError } from '@deephealth/sdk';
import { seededRandom } from '@deephealth/sdk/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openAppendLog } from '../adapters/clinical-decision-support/src/feedback/append-log.js';
import { openKillSwitch } from '../adapters/clinical-decision-support/src/service/kill-switch.js';
import { JobJournal } from '../adapters/digital-pathology/src/empaia/job-journal.js';
import { openRowJournal } from '../adapters/digital-pathology/src/run/row-journal.js';
import { readProgress, writeProgress } from '../adapters/digital-pathology/src/run/run-state.js';
import { openRuleJournal } from '../adapters/expressif/src/live/rule-journal.js';
import { openRunJournal } from '../adapters/piaf/src/store/run-journal.js';
import { openReplayMemory } from '../sdk/src/access/replay-memory.js';

/** Entries that each kind of state is given before it is damaged. */
const ENTRIES = 6;
const NOW = new Date('2026-11-29T12:00:00Z');
const nowS = NOW.getTime() / 1000;

/** What an opening makes of a file. */
interface Opened {
  /** Of the entries, from the first on. */
  readonly kept: number;
  /** Whether the operator hears that something is missing, or nothing needs to be missed. */
  readonly isTold: boolean;
}

/** A kind of state that lies on the disk: how it is written, and what is left of it when it is opened again. */
interface Kind {
  readonly file: string;
  write(folder: string): Promise<void>;
  open(folder: string): Promise<Opened>;
}

const appendLog = (name: string, isChained: boolean): Kind => ({
  file: name,
  async write(folder) {
    const log = await openAppendLog(folder, name, () => undefined, { isChained });
    for (let number = 0; number < ENTRIES; number++) await log.append({ number });
    await log.close();
  },
  async open(folder) {
    let kept = 0;
    const isEntry = ({ number }: Record<string, unknown>) => typeof number === 'number';
    const log = await openAppendLog(folder, name, (entry) => void (isEntry(entry) && kept++), { isChained, isEntry });
    await log.close();
    return { kept, isTold: log.brokenAtLine !== undefined };
  },
});

const KINDS: Readonly<Record<string, Kind>> = {
  'the records of decision support': appendLog('records.ndjson', true),
  'results that wait for a FHIR server': appendLog('write-back.ndjson', false),
  'the memory of tokens': {
    file: 'seen-tokens',
    async write(folder) {
      const memory = await openReplayMemory(join(folder, this.file), NOW);
      for (let number = 0; number < ENTRIES; number++) await memory.remember('a', `${number}`, nowS + 300, nowS);
      await memory.close();
    },
    async open(folder) {
      const memory = await openReplayMemory(join(folder, this.file), NOW);
      let kept = 0;
      while (kept < ENTRIES && !(await memory.remember('a', `${kept}`, nowS + 300, nowS))) kept++;
      await memory.close();
      return { kept, isTold: false };
    },
  },
  'services that are switched off': {
    file: 'switched-off.json',
    async write(folder) {
      const off = await openKillSwitch(folder);
      await off.kill('a');
      off.close();
    },
    async open(folder) {
      const off = await openKillSwitch(folder);
      off.close();
      // All are off where the list cannot be read.
      return { kept: off.isOff('a') ? ENTRIES : 0, isTold: off.isOff('something else') };
    },
  },
  'the journal of a run': {
    file: 'journal.ndjson',
    async write(folder) {
      const journal = await openRunJournal(join(folder, this.file), {
        type: 'submitted',
        run: {
          ...{ runId: 'a'.repeat(32), tenant: 'ward', face: 'wes', chain: 'm/1.0.0/c', packageSha256: 'b'.repeat(64) },
          ...{ parameters: {}, request: {}, backend: 'local', inputs: [] },
        },
      });
      await journal.append({ type: 'items', items: 3, chunks: Array.from({ length: ENTRIES }, (_, n) => `c${n}`) });
      await journal.close();
    },
    async open(folder) {
      const journal = await openRunJournal(join(folder, this.file));
      await journal.close();
      return { kept: ENTRIES, isTold: false };
    },
  },
  'edits of a rule base': {
    file: 'edits.ndjson',
    async write(folder) {
      const journal = openRuleJournal(join(folder, this.file), 'base');
      for (let version = 1; version <= ENTRIES; version++) journal.append({ version, digest: 'd', changes: [] });
      journal.close();
    },
    async open(folder) {
      const journal = openRuleJournal(join(folder, this.file), 'base');
      journal.close();
      return { kept: journal.records.length, isTold: false };
    },
  },
  'the progress of a slide': {
    file: 'progress.json',
    write: (folder) =>
      writeProgress(folder, {
        ...{ planSha256: 'a', startedAt: NOW.toISOString(), rowsInMap: ENTRIES, unread: [] },
        ...{ examined: 1, abstained: 0, warnings: {} },
      }),
    async open(folder) {
      return { kept: (await readProgress(folder))?.rowsInMap ?? 0, isTold: false };
    },
  },
  'tiles of a slide': {
    file: 'row-000003.tiles',
    async write(folder) {
      const journal = await openRowJournal({ folder, row: 3, values: 3 });
      for (let column = 0; column < ENTRIES; column++) {
        await journal.append({ column, outcome: 'examined', warnings: 0, values: Float32Array.of(column, 1, 2) });
      }
      await journal.close();
    },
    async open(folder) {
      const journal = await openRowJournal({ folder, row: 3, values: 3 });
      for (const [column] of journal.tiles) {
        expect([...(await journal.readValues(column, 0, 3))]).toEqual([column, 1, 2]);
      }
      await journal.close();
      // What is missing is computed again, with the same result.
      return { kept: journal.tiles.size, isTold: true };
    },
  },
  'what was posted of a job': {
    file: 'posted.json',
    async write(folder) {
      const journal = await JobJournal.open(folder);
      await journal.set('a', { id: 'x', isComplete: true, items: [], isUncertain: false });
    },
    async open(folder) {
      const journal = await JobJournal.open(folder);
      return { kept: journal.output('a') === undefined ? 0 : ENTRIES, isTold: false };
    },
  },
};

const random = seededRandom(11);
const isRoot = process.getuid?.() === 0;

/** What may become of a file. Of what is shorter nobody can tell afterwards how long it was. */
const DAMAGES: Readonly<
  Record<string, { act(path: string): void; readonly isShorter?: boolean; readonly why?: string }>
> = {
  'is cut off in its middle': {
    act: (path) => writeFileSync(path, readFileSync(path).subarray(0, Math.floor(statSync(path).size / 2))),
    isShorter: true,
  },
  'holds zeros alone': { act: (path) => writeFileSync(path, Buffer.alloc(statSync(path).size)) },
  'holds anything': {
    act: (path) => writeFileSync(path, Buffer.from(Array.from({ length: 500 }, () => Math.floor(random() * 256)))),
  },
  'has a damaged beginning': {
    act: (path) => {
      const bytes = readFileSync(path);
      writeFileSync(path, Buffer.concat([Buffer.from('####'), bytes.subarray(4)]));
    },
  },
  'is of another form': { act: (path) => writeFileSync(path, '{"format":"of another time","version":99}\n') },
  'is a folder': {
    act: (path) => {
      rmSync(path);
      mkdirSync(path);
    },
  },
  'may not be read': {
    act: (path) => chmodSync(path, 0),
    ...(isRoot && { why: 'root may read everything' }),
  },
};

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'deephealth-damaged-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe.each(Object.entries(KINDS))('%s', (_name, kind) => {
  it('are all there after a restart', async () => {
    await kind.write(folder);
    expect((await kind.open(folder)).kept).toBe(ENTRIES);
  });

  for (const [name, { act, isShorter = false, why }] of Object.entries(DAMAGES)) {
    it.skipIf(why !== undefined)(
      `whose file ${name}: nothing is lost in silence, and opening it ends no process`,
      async () => {
        await kind.write(folder);
        act(join(folder, kind.file));
        for (let start = 1; start <= 2; start++) {
          try {
            const { kept, isTold } = await kind.open(folder);
            expect(kept).toBeLessThanOrEqual(ENTRIES);
            if (!isShorter) expect([start, kept === ENTRIES || isTold]).toEqual([start, true]);
          } catch (error) {
            expect(error).toBeInstanceOf(DeepHealthError);
            expect((error as Error).message).not.toContain(folder);
          }
        }
      },
    );
  }
});

describe('a log on a disk that is full', () => {
  it.each([true, false])(
    'refuses what it cannot keep, and keeps what it acknowledges (chained: %s)',
    async (isChained) => {
      const name = 'any.ndjson';
      const numbers: unknown[] = [];
      const open = () => openAppendLog(folder, name, (entry) => numbers.push(entry.number), { isChained });
      const log = await open();
      await log.append({ number: 0 });
      const handles = await handleMethods();
      const whole = handles.appendFile;
      handles.appendFile = async function (bytes) {
        await whole.call(this, bytes.subarray(0, Math.ceil(bytes.byteLength / 2)));
        throw Object.assign(new Error('no space left'), { code: 'ENOSPC' });
      };
      try {
        await expect(log.append({ number: 1 })).rejects.toThrow();
      } finally {
        handles.appendFile = whole;
      }
      // Room was made.
      await log.append({ number: 2 });
      await log.close();
      const again = await open();
      expect([numbers, again.brokenAtLine]).toEqual([[0, 2], undefined]);
      await again.close();
    },
  );
});

describe('a log on a disk that is slow', () => {
  it('acknowledges nothing before it is on the disk, and lets what comes meanwhile share the wait', async () => {
    const log = await openAppendLog(folder, 'any.ndjson', () => undefined);
    const handles = await handleMethods();
    const whole = handles.datasync;
    let syncs = 0;
    let go: () => void = () => undefined;
    handles.datasync = async function () {
      syncs += 1;
      if (syncs === 1) await new Promise<void>((resolve) => (go = resolve));
      return whole.call(this);
    };
    try {
      const done: number[] = [];
      const appends = [0, 1, 2, 3].map((number) => log.append({ number }).then(() => done.push(number)));
      while (syncs === 0) await new Promise((resolve) => setTimeout(resolve, 1));
      expect(done).toEqual([]);
      go();
      await Promise.all(appends);
      expect([done, syncs]).toEqual([[0, 1, 2, 3], 2]);
    } finally {
      handles.datasync = whole;
      await log.close();
    }
  });
});

/** What all handles of files have in common: a disk that fails is put in there. */
async function handleMethods() {
  const file = await openFile(join(folder, 'other'), 'w');
  await file.close();
  return Object.getPrototypeOf(file) as { appendFile(bytes: Buffer): Promise<void>; datasync(): Promise<void> };
}
