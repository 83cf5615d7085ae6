import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { AuditLog } from '../audit/audit-log.js';
import { RequestWatch, type ResultFacts } from './request-watch.js';
import { NO_TRACING } from './tracing.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'deephealth-watch-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const facts: ResultFacts = {
  model: { name: 'model', version: '1' },
  loaded: { packageSha256: 'a'.repeat(64), onnxSha256: 'b'.repeat(64), engine: 'test/1' },
  inputSha256: 'c'.repeat(64),
  outputSha256: 'd'.repeat(64),
  batchSize: 1,
  outputs: [],
  highlights: [],
  warnings: [],
  abstained: false,
};

const request = { call: 'Predict', face: 'contract', requestId: 'one', context: {} } as const;

it.each([true, false])('gives no result without its record (durable: %s)', async (durable) => {
  const audit = await AuditLog.open({ folder, durable });
  const answer = (handle: (watch: RequestWatch) => Promise<string>) =>
    RequestWatch.answer({ tracing: NO_TRACING, onRefused: () => undefined, audit }, request, handle);
  await expect(answer(async () => 'an answer')).rejects.toThrow('without its audit record');
  await expect(
    answer(async (watch) => {
      await watch.record(facts);
      return 'an answer';
    }),
  ).resolves.toBe('an answer');
  await audit.close();
});

it('gives no result whose record is not on the disk yet', async () => {
  const audit = await AuditLog.open({ folder });
  await expect(
    RequestWatch.answer({ tracing: NO_TRACING, onRefused: () => undefined, audit }, request, async (watch) => {
      void watch.record(facts);
      return 'an answer';
    }),
  ).rejects.toThrow('without its audit record');
  await audit.close();
});
