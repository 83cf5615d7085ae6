import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { encode } from 'fast-png';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { operatorExamples } from '../src/console/operator-examples.js';
import { ProcessFileReader } from '../src/console/reader/file-reader.js';
import { removeTemporaryFolders, temporaryFolder } from './temporary-folder.js';

const IMAGE = { inputs: [{ name: 'scan', kind: 'INPUT_KIND_IMAGE' }] } as never;
const png = Buffer.from(encode({ width: 2, height: 2, channels: 1, data: new Uint8Array(4) }));
const sent = { name: 'input.png', bytes: png };

const readers: ProcessFileReader[] = [];
const reader = (limitMs?: number) => {
  const made = new ProcessFileReader(limitMs);
  readers.push(made);
  return made;
};
afterEach(() => {
  for (const one of readers.splice(0)) one.close();
});
afterAll(removeTemporaryFolders);

describe('files that people send to the console', () => {
  it('are read in another process, which is used again', async () => {
    const files = reader();
    const { inputs } = await files.read(sent, IMAGE, new AbortController().signal);
    expect(inputs).toMatchObject([{ name: 'scan', image: { mediaType: 'image/png' } }]);
    const [first] = files.pids;
    expect(first).not.toBe(process.pid);
    await files.read(sent, IMAGE, new AbortController().signal);
    expect(files.pids).toEqual([first]);
  });

  it('that end their reader are refused, and the next one is read', async () => {
    const files = reader();
    await files.read(sent, IMAGE, new AbortController().signal);
    const [pid] = files.pids;
    const reading = files.read(sent, IMAGE, new AbortController().signal);
    const refused = expect(reading).rejects.toMatchObject({ code: 'DH_MEDIA_UNREADABLE' });
    process.kill(pid as number, 'SIGKILL');
    await refused;
    expect((await files.read(sent, IMAGE, new AbortController().signal)).inputs).toHaveLength(1);
    expect(files.pids).not.toContain(pid);
  });

  it('that take too long are refused, and their process is ended', async () => {
    const files = reader(1);
    await expect(files.read(sent, IMAGE, new AbortController().signal)).rejects.toMatchObject({
      code: 'DH_MEDIA_UNREADABLE',
      message: 'The file takes too long to be read.',
    });
    await expect.poll(() => files.pids).toEqual([]);
  });

  it('are let go when who sent them goes away', async () => {
    const gone = new AbortController();
    const reading = reader().read(sent, IMAGE, gone.signal);
    gone.abort();
    await expect(reading).rejects.toMatchObject({ code: 'DH_CANCELLED' });
  });

  it('are bounded in number, with a hint when to come back', async () => {
    const files = reader();
    const gone = new AbortController();
    const all = Array.from({ length: 12 }, () => files.read(sent, IMAGE, gone.signal));
    const outcomes = await Promise.allSettled(all);
    const refused = outcomes.filter(({ status }) => status === 'rejected') as PromiseRejectedResult[];
    expect(refused.map(({ reason }) => [reason.code, reason.retryable])).toEqual(
      Array.from({ length: 2 }, () => ['DH_QUEUE_FULL', true]),
    );
    expect(files.pids.length).toBeLessThanOrEqual(2);
  });

  it('get none of the environment of the server', async () => {
    process.env.DEEPHEALTH_TEST_SECRET = 'secret';
    try {
      const files = reader();
      await files.read(sent, IMAGE, new AbortController().signal);
      const { readFileSync } = await import('node:fs');
      const environment = readFileSync(`/proc/${files.pids[0]}/environ`, 'utf8');
      expect(environment).toContain('PATH=');
      expect(environment).not.toContain('secret');
    } finally {
      delete process.env.DEEPHEALTH_TEST_SECRET;
    }
  });
});

describe('files that the operator offers', () => {
  it('are those of the folder of the model, without links and what is not read', async () => {
    const folder = temporaryFolder();
    const own = join(folder, 'heart');
    mkdirSync(own);
    writeFileSync(join(folder, 'secret.json'), '{}');
    for (const name of ['b.json', 'a.png', 'c.exe']) writeFileSync(join(own, name), 'x');
    symlinkSync(join(folder, 'secret.json'), join(own, 'd.json'));
    const examples = await operatorExamples(folder, 'heart');
    expect(examples.map(({ id, fileName, mediaType }) => [id, fileName, mediaType])).toEqual([
      ['file-1', 'a.png', 'image/png'],
      ['file-2', 'b.json', 'application/json'],
    ]);
    for (const model of ['..', '.', '', 'heart/..', 'none']) expect(await operatorExamples(folder, model)).toEqual([]);
    expect(await operatorExamples(undefined, 'heart')).toEqual([]);
  });
});
