import { createHash, generateKeyPairSync } from 'node:crypto';
import { appendFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ANONYMOUS } from '@deephealth/sdk';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { InferenceEvent } from './audit-event.js';
import { AuditLog, type AuditLogOptions } from './audit-log.js';
import type { AuditProblem } from './audit-problem.js';
import { toFhirAuditEvent } from './fhir-audit-event.js';
import { readHead } from './head-file.js';
import { type AuditRecord, readRecords } from './read-records.js';
import { listSegments } from './segment-files.js';
import { readPublicKey } from './signing-key.js';
import { verifyLog } from './verify-log.js';

const loaded = { packageSha256: 'a'.repeat(64), onnxSha256: 'b'.repeat(64), engine: 'onnxruntime-test/1' };

function inference(requestId: string): InferenceEvent {
  return {
    kind: 'inference',
    face: 'contract',
    caller: ANONYMOUS,
    requestId,
    model: { name: 'model', version: '1' },
    loaded,
    inputSha256: 'c'.repeat(64),
    outputSha256: 'd'.repeat(64),
    batchSize: 1,
    outputs: [],
    highlights: [],
    warnings: [],
    abstained: false,
  };
}

let folder: string;
const open_ = (options: Partial<AuditLogOptions> = {}) => AuditLog.open({ folder, ...options });

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'deephealth-audit-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

async function records(): Promise<AuditRecord[]> {
  const all: AuditRecord[] = [];
  for await (const { record } of readRecords(folder)) all.push(record);
  return all;
}

/** A closed log of so many inferences, all in one segment. */
async function written(count: number, options: Partial<AuditLogOptions> = {}): Promise<string> {
  const log = await open_({ durable: false, ...options });
  for (let i = 0; i < count; i++) await log.record(inference(`request-${i}`));
  await log.close();
  return (await listSegments(folder)).at(-1)?.path ?? '';
}

const problemsOf = async (options = {}) => (await verifyLog(folder, options)).problems;
const placesOf = (problems: readonly AuditProblem[]) => problems.map(({ kind, line, seq }) => [kind, line, seq]);

describe('writing', () => {
  it('keeps records in their order, each linked to the one before', async () => {
    const log = await open_();
    await Promise.all(Array.from({ length: 100 }, (_, i) => log.record(inference(`request-${i}`))));
    await log.close();
    const all = await records();
    expect(all.map(({ seq }) => seq)).toEqual(Array.from({ length: 103 }, (_, i) => i + 1));
    expect(all.filter(({ kind }) => kind === 'inference').map(({ request }) => request)).toEqual(
      Array.from({ length: 100 }, (_, i) => `request-${i}`),
    );
    expect(await verifyLog(folder)).toMatchObject({ isValid: true, records: 103, inferences: 100 });
    expect(await readHead(folder)).toMatchObject({ seq: 103, hash: all.at(-1)?.hash });
  });

  it('makes all that wait durable with one write', async () => {
    const log = await open_();
    const before = log.figures.groups;
    await Promise.all(Array.from({ length: 500 }, (_, i) => log.record(inference(`${i}`))));
    expect(log.figures.groups - before).toBe(1);
    await log.close();
  });

  it('resolves only after the data was synchronised', async () => {
    const acts: string[] = [];
    const log = await open_({
      openSegment: async (path, flags) => {
        const handle = await open(path, flags);
        return {
          write: (...args: Parameters<typeof handle.write>) => {
            acts.push('write');
            return handle.write(...args);
          },
          datasync: async () => {
            await handle.datasync();
            acts.push('synchronised');
          },
          sync: () => handle.sync(),
          truncate: (length?: number) => handle.truncate(length),
          close: () => handle.close(),
        } as never;
      },
    });
    acts.length = 0;
    await log.record(inference('one'));
    acts.push('resolved');
    expect(acts).toEqual(['write', 'synchronised', 'resolved']);
    await log.close();
  });

  it('counts a flood of denied calls in a few records, and loses none', async () => {
    const log = await open_();
    for (let i = 0; i < 500; i++) log.note({ kind: 'access-denied', code: 'DH_UNAUTHENTICATED', action: 'Predict' });
    await log.close();
    const denied = (await records()).filter(({ kind }) => kind === 'access-denied');
    expect(denied).toHaveLength(21);
    expect(denied.map(({ repeated }) => repeated)).toEqual([...Array.from({ length: 20 }, () => undefined), 480]);
    expect(JSON.stringify(toFhirAuditEvent(denied.at(-1) as AuditRecord, 'server'))).toContain(
      '{"type":"repeated","valueString":"480"}',
    );
    expect(await verifyLog(folder)).toMatchObject({ isValid: true });
  });

  it('escapes and bounds what callers name themselves and their requests', async () => {
    const log = await open_();
    const subject = `eve"\n{"seq":99}\u202e\u0007${'x'.repeat(5000)}`;
    await log.record({
      ...inference('a\r\n{"seq":1,"kind":"inference"}'),
      caller: { subject, tenant: 'ward\u2028', roles: ['clinician'], authentication: 'key' },
    });
    await log.close();
    const [segment] = await listSegments(folder);
    const text = readFileSync(segment?.path ?? '', 'latin1');
    expect(text).toMatch(/^[\x20-\x7e\n]*$/);
    const found = (await records()).find(({ kind }) => kind === 'inference');
    expect(found?.request).toBe('a\r\n{"seq":1,"kind":"inference"}');
    expect(found?.caller?.subject.startsWith('eve"\n{"seq":99}\u202e')).toBe(true);
    expect(found?.caller?.subject.length).toBeLessThan(300);
    expect((await verifyLog(folder)).isValid).toBe(true);
  });

  it('refuses a second writer of the folder, and lets one in after the first', async () => {
    const log = await open_();
    await expect(open_()).rejects.toMatchObject({ code: 'DH_AUDIT_LOCKED' });
    await log.close();
    await (await open_()).close();
    expect(readdirSync(folder).filter((name) => name.startsWith('lock'))).toEqual([]);
  });

  it('locks a folder whose path is too long for the address of a socket', async () => {
    folder = join(folder, 'x'.repeat(120));
    const log = await open_();
    await expect(open_()).rejects.toMatchObject({ code: 'DH_AUDIT_LOCKED' });
    await log.close();
  });
});

describe('segments', () => {
  it('begins a new one when one is full, and verifies across them', async () => {
    const log = await open_({ segmentMiB: 0.01 });
    for (let i = 0; i < 60; i++) {
      await log.record(inference(`${i}`));
    }
    await log.close();
    expect((await listSegments(folder)).length).toBeGreaterThan(2);
    expect(await verifyLog(folder)).toMatchObject({ isValid: true, inferences: 60 });
  });

  it('deletes old ones whole, states it in the chain, and what is left verifies', async () => {
    await manySegments();
    const before = await listSegments(folder);
    const log = await open_({ retentionDays: -1, segmentMiB: 0.005 });
    for (let i = 0; i < 20; i++) await log.record(inference(`later-${i}`));
    await log.close();
    const after = await listSegments(folder);
    expect(after.length).toBeLessThan(before.length);
    expect(after[0]?.firstSeq).toBeGreaterThan(1);
    expect((await records()).some(({ kind }) => kind === 'retention')).toBe(true);
    expect(await problemsOf()).toEqual([]);
    rmSync(after[0]?.path ?? '');
    expect(placesOf(await problemsOf())).toEqual([['missing', 1, 1]]);
  });

  it('goes on after a crash between two segments', async () => {
    await manySegments();
    const last = (await listSegments(folder)).at(-1);
    // Only the name of the new one was written.
    truncateSync(last?.path ?? '', 0);
    rmSync(join(folder, 'head.json'));
    await (await open_({ durable: false })).close();
    expect(await problemsOf()).toEqual([]);
  });

  async function manySegments() {
    const log = await open_({ segmentMiB: 0.005 });
    for (let i = 0; i < 40; i++) {
      await log.record(inference(`${i}`));
    }
    await log.close();
  }
});

describe('after a crash', () => {
  it('cuts off half of a record, says so, and the chain goes on', async () => {
    const path = await written(10);
    const text = readFileSync(path);
    const half = text.subarray(0, 300);
    appendFileSync(path, half);
    await (await open_()).close();
    const recovery = (await records()).find(({ kind }) => kind === 'recovery');
    expect(recovery).toMatchObject({ cutBytes: 300, seq: 14 });
    expect(await problemsOf()).toEqual([]);
    expect(readdirSync(folder).some((name) => name.startsWith('cut-'))).toBe(true);
  });

  it('says which records a head names and the log lacks', async () => {
    const path = await written(10);
    const lines = readFileSync(path, 'utf8').trimEnd().split('\n');
    writeFileSync(path, `${lines.slice(0, 8).join('\n')}\n`);
    await (await open_()).close();
    expect((await records()).find(({ kind }) => kind === 'recovery')).toMatchObject({ missing: { seq: 13 } });
    expect(placesOf(await problemsOf())).toEqual([['stated-loss', 9, 9]]);
  });

  it('leaves what no crash explains as it is', async () => {
    const path = await written(10);
    const bytes = readFileSync(path);
    bytes[bytes.indexOf('request-3')] = 0x58;
    writeFileSync(path, bytes);
    await (await open_()).close();
    expect(readFileSync(path)).toEqual(bytes);
    const kinds = (await problemsOf()).map(({ kind, seq }) => [kind, seq]);
    expect(kinds).toContainEqual(['changed', 6]);
    expect(kinds).toContainEqual(['stated-loss', 15]);
  });
});

describe('a disk that fails', () => {
  it('rejects what cannot be written, and goes on by itself when it can', async () => {
    let isFull = false;
    const health: boolean[] = [];
    const log = await open_({
      onHealth: (isWriting) => health.push(isWriting),
      openSegment: async (path, flags) => {
        const handle = await open(path, flags);
        return new Proxy(handle, {
          get(target, name) {
            if (name === 'write' && isFull) {
              return async (bytes: Buffer, offset: number, length: number, position: number) => {
                // As a disk does that has room for a part of it.
                await target.write(bytes, offset, Math.floor(length / 2), position);
                throw Object.assign(new Error('no space left'), { code: 'ENOSPC' });
              };
            }
            const value = Reflect.get(target, name) as unknown;
            return typeof value === 'function' ? value.bind(target) : value;
          },
        });
      },
    });
    await log.record(inference('before'));
    isFull = true;
    await expect(log.record(inference('lost'))).rejects.toMatchObject({
      code: 'DH_AUDIT_UNAVAILABLE',
      retryable: true,
    });
    expect(() => log.assertWriting()).toThrow(expect.objectContaining({ code: 'DH_AUDIT_UNAVAILABLE' }));
    expect(health).toEqual([false]);
    isFull = false;
    await expect.poll(() => log.isWriting, { timeout: 20_000 }).toBe(true);
    expect(health).toEqual([false, true]);
    await log.record(inference('after'));
    await log.close();
    const requests = (await records()).flatMap(({ request }) => request ?? []);
    expect(requests).toEqual(['before', 'after']);
    expect((await records()).find(({ kind }) => kind === 'resumed')).toMatchObject({ lost: 1 });
    expect(await problemsOf()).toEqual([]);
  });
});

/** A line with the hash of what it says now. */
function rehashed(line: string): string {
  const [linked = ''] = line.split(',"hash":"');
  return `${linked},"hash":"${createHash('sha256').update(linked).digest('hex')}"}`;
}

describe('verification', () => {
  it('finds every changed byte, and the record that it is in', async () => {
    const path = await written(1);
    const sound = readFileSync(path);
    const lineOf = (offset: number) => sound.subarray(0, offset).filter((byte) => byte === 0x0a).length + 1;
    for (let offset = 0; offset < sound.length; offset++) {
      const bytes = Buffer.from(sound);
      bytes[offset] = (bytes[offset] as number) ^ 0x01;
      writeFileSync(path, bytes);
      const problems = await problemsOf();
      expect(problems.length, `offset ${offset}`).toBeGreaterThan(0);
      // Of a line feed, two lines become one.
      const line = problems[0]?.line ?? lineOf(offset);
      expect([lineOf(offset), lineOf(offset) + 1], `offset ${offset}`).toContain(line);
    }
  });

  it('finds what was deleted, put in, copied or moved', async () => {
    const path = await written(10);
    const lines = readFileSync(path, 'utf8').trimEnd().split('\n');
    const tamper = async (change: (lines: string[]) => string[]) => {
      writeFileSync(path, `${change([...lines]).join('\n')}\n`);
      return placesOf(await problemsOf());
    };
    expect(await tamper((all) => all.toSpliced(5, 1))).toEqual([['missing', 6, 6]]);
    expect(await tamper((all) => all.toSpliced(5, 3))).toEqual([['missing', 6, 6]]);
    expect(await tamper((all) => all.toSpliced(5, 0, all[4] as string))).toEqual([['duplicated', 6, 5]]);
    expect(await tamper((all) => all.toSpliced(4, 2, all[5] as string, all[4] as string))).toEqual([
      ['reordered', 6, 5],
    ]);
    expect(await tamper((all) => all.toSpliced(5, 0, 'x'.repeat(10)))).toEqual([['unreadable', 6, undefined]]);
    expect(await tamper((all) => all.slice(1))).toContainEqual(['missing', 1, 1]);
    expect(await tamper((all) => all.slice(0, -2))).toEqual([['cut-tail', undefined, 13]]);
  });

  it('finds a record that was written anew with a hash of its own, by the link of the one behind it', async () => {
    const path = await written(10);
    const lines = readFileSync(path, 'utf8').trimEnd().split('\n');
    const anew = rehashed((lines[5] as string).replace('"batch":1,', '"batch":2,'));
    expect(anew).not.toBe(lines[5]);
    writeFileSync(path, `${lines.toSpliced(5, 1, anew).join('\n')}\n`);
    expect(placesOf(await problemsOf())).toEqual([['broken-link', 7, 7]]);
  });

  it('finds records that were written anew to the end, by the head beside them', async () => {
    const path = await written(10);
    const lines = readFileSync(path, 'utf8').trimEnd().split('\n');
    const first = rehashed((lines[5] as string).replace('"batch":1,', '"batch":2,'));
    const anew = [first];
    for (const line of lines.slice(6)) {
      const prev = /"hash":"([0-9a-f]{64})"/.exec(anew.at(-1) as string)?.[1];
      anew.push(rehashed(line.replace(/"prev":"[0-9a-f]{64}"/, `"prev":"${prev}"`)));
    }
    writeFileSync(path, `${[...lines.slice(0, 5), ...anew].join('\n')}\n`);
    expect(placesOf(await problemsOf())).toEqual([['head', undefined, 13]]);
  });

  it('finds a segment that is gone, and two whose names were swapped', async () => {
    const log = await open_({ segmentMiB: 0.005 });
    for (let i = 0; i < 30; i++) {
      await log.record(inference(`${i}`));
    }
    await log.close();
    const [, second, third] = await listSegments(folder);
    const [a, b] = [readFileSync(second?.path ?? ''), readFileSync(third?.path ?? '')];
    writeFileSync(second?.path ?? '', b);
    writeFileSync(third?.path ?? '', a);
    const swapped = await problemsOf();
    expect(swapped.filter(({ kind }) => kind === 'segment-name').map(({ file }) => file)).toEqual([
      second?.name,
      third?.name,
    ]);
    writeFileSync(second?.path ?? '', a);
    rmSync(third?.path ?? '');
    expect((await problemsOf()).map(({ kind, seq }) => [kind, seq])).toEqual([['missing', third?.firstSeq]]);
  });

  it('checks signatures by the key that is given, and finds a chain that was written anew', async () => {
    const keys = generateKeyPairSync('ed25519');
    const others = generateKeyPairSync('ed25519');
    const pem = (name: string, key: string | Buffer) => {
      writeFileSync(join(folder, name), key);
      return join(folder, name);
    };
    const signingKeyFile = pem('key.pem', keys.privateKey.export({ format: 'pem', type: 'pkcs8' }));
    const publicKey = await readPublicKey(pem('public.pem', keys.publicKey.export({ format: 'pem', type: 'spki' })));
    await written(5, { signingKeyFile });
    const sound = await verifyLog(folder, { publicKey });
    expect(sound).toMatchObject({ isValid: true, signatures: 1, signedBy: { isTrusted: true } });
    expect((await verifyLog(folder)).signedBy).toMatchObject({ isTrusted: false });
    // Another log, whole in itself, in its place.
    for (const { path } of await listSegments(folder)) rmSync(path);
    rmSync(join(folder, 'head.json'));
    const signedByOther = pem('other.pem', others.privateKey.export({ format: 'pem', type: 'pkcs8' }));
    await written(5, { signingKeyFile: signedByOther });
    expect((await verifyLog(folder)).isValid).toBe(true);
    expect((await problemsOf({ publicKey })).map(({ kind }) => kind)).toEqual(['signature']);
    const anchor = { seq: sound.last?.seq ?? 0, hash: sound.last?.hash ?? '' };
    expect((await problemsOf({ anchor })).map(({ kind }) => kind)).toEqual(['cut-tail']);
  });
});
