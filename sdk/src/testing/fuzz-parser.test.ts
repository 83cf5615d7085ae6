import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { readKept } from './fuzz-corpus.js';
import { type FuzzOptions, fuzzParser } from './fuzz-parser.js';
import { minimiseInput } from './minimise-input.js';

class Refusal extends Error {}

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'fuzz-parser-'));
  vi.stubEnv('DEEPHEALTH_FUZZ_FOLDER', folder);
  for (const name of ['', '_SEED', '_SECONDS', '_ROUND', '_TARGETS', '_GUIDED', '_REPORT']) {
    vi.stubEnv(`DEEPHEALTH_FUZZ${name}`, undefined);
  }
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true, force: true });
});

const sound = Buffer.from('name: VANDENBERG; age: 63; sex: f; unit: a; place: ward 7');

/** A parser that takes what is sound, and does `fault` for one input of a few. */
function run(fault: (bytes: Buffer) => unknown, more: Partial<FuzzOptions> = {}) {
  return fuzzParser({
    ...{ parser: 'Planted parser', seed: 1, usual: 300, corpus: [sound] },
    read(bytes) {
      if (bytes.includes(0xff)) return fault(bytes);
      if (!bytes.includes('age')) throw new Refusal('"age" is missing');
      return bytes.length;
    },
    isRefusal: (thrown) => thrown instanceof Refusal,
    ...more,
  });
}
const crash = () => {
  throw new TypeError('undefined is not a function');
};

describe('fuzzParser', () => {
  it('counts what is read and what is refused', async () => {
    const { inputs, refused } = await run(() => 0);
    expect(inputs).toBe(300);
    expect(refused).toBeGreaterThan(10);
    expect(refused).toBeLessThan(290);
  });

  it.each<[string, (bytes: Buffer) => unknown, Partial<FuzzOptions>, RegExp]>([
    ['an error that is no refusal', crash, {}, /input \d+ of seed 1 .* was not refused as it should be/],
    [
      'a refusal that repeats what the file says of a patient',
      (bytes) => {
        throw new Refusal(bytes.toString('latin1'));
      },
      { secrets: ['VANDENBERG'] },
      /a value of the input/,
    ],
    [
      'a refusal that names a folder of this machine',
      () => {
        throw new Refusal(join(tmpdir(), 'x'));
      },
      {},
      /or a path/,
    ],
    ['another result the second time', () => Math.random(), { usual: 2000 }, /something else the second time/],
    [
      'an input that keeps the processor busy',
      () => {
        const { user } = process.cpuUsage();
        while (process.cpuUsage().user - user < 60_000);
      },
      { limitMs: 50 },
      /took \d+ ms of the processor, more than 50/,
    ],
  ])('finds %s', async (_, fault, more, message) => {
    await expect(run(fault, more)).rejects.toThrow(message);
  });

  it('says which input it was, and reads that one alone again', async () => {
    const message = await run(crash).then(String, String);
    const [, round] = /input (\d+) of seed 1/.exec(message) as unknown as [string, string];
    vi.stubEnv('DEEPHEALTH_FUZZ_ROUND', round);
    expect(await run(crash).then(String, String)).toBe(message);
    vi.stubEnv('DEEPHEALTH_FUZZ_ROUND', '0');
    expect((await run(crash)).inputs).toBe(1);
  });

  it('keeps a finding of a long run, made smaller, and reads it from then on until it is mended', async () => {
    vi.stubEnv('DEEPHEALTH_FUZZ_REPORT', join(folder, 'report'));
    await expect(run(crash)).rejects.toThrow(/planted-parser\/[0-9a-f]{12}-\d+\.bin/);
    const [kept] = readKept(folder, 'Planted parser');
    expect(kept?.bytes).toEqual(Buffer.of(0xff));
    const [finding] = readFileSync(join(folder, 'report', 'findings.jsonl'), 'utf8')
      .trim()
      .split('\n');
    expect(JSON.parse(finding as string)).toMatchObject({
      parser: 'Planted parser',
      kind: expect.stringMatching(/^TypeError/),
    });
    vi.stubEnv('DEEPHEALTH_FUZZ_REPORT', undefined);
    vi.stubEnv('DEEPHEALTH_FUZZ', '1');
    await expect(run(crash)).rejects.toThrow('Planted parser: kept input');
    await run(() => 0);
  });

  it('refuses a target that the list does not name, and leaves out those that are not asked for', async () => {
    vi.stubEnv('DEEPHEALTH_FUZZ_TARGETS', '["Another"]');
    await run(crash);
    writeFileSync(join(folder, 'targets.json'), '[{"target":"Another"}]');
    await expect(run(crash)).rejects.toThrow('Planted parser is not listed');
  });

  it('is led by the code that is reached to what chance does not find', async () => {
    // Six conditions within each other, more than the changes of one input: a module, since tests are not looked at.
    const within = [0, 1, 2, 3, 4, 5].map((at) => `if (bytes[${at}] >= 0x90 && bytes[${at}] < 0xd0) {`).join('\n');
    const source = `export function read(bytes) {\n${within}\nnull.x;\n${'}'.repeat(6)}\nreturn 0;\n}\n`;
    const readerOf = (name: string): Partial<FuzzOptions> => {
      const module = join(folder, name);
      writeFileSync(module, source);
      // Loaded when it is first asked, as what is counted must be loaded while it is counted.
      const read = async (bytes: Buffer) => (await import(pathToFileURL(module).href)).read(bytes);
      return { usual: 4000, corpus: [Buffer.alloc(8)], read };
    };
    expect((await run(crash, readerOf('blind.mjs'))).inputs).toBe(4000);
    vi.stubEnv('DEEPHEALTH_FUZZ', '40000');
    vi.stubEnv('DEEPHEALTH_FUZZ_GUIDED', '1');
    await expect(run(crash, readerOf('guided.mjs'))).rejects.toThrow('was not refused');
  }, 300_000);
});

it('minimiseInput leaves nothing that is not needed', async () => {
  const input = Buffer.from('....a.....b....');
  const smallest = await minimiseInput(
    input,
    async (bytes) => bytes.indexOf('a') >= 0 && bytes.indexOf('b') > bytes.indexOf('a'),
  );
  expect(smallest.toString()).toBe('ab');
});

it('kept inputs are told apart by what is in them, and have their seed in their name', () => {
  mkdirSync(join(folder, 'corpus', 'a-b'), { recursive: true });
  writeFileSync(join(folder, 'corpus', 'a-b', '0123456789ab-77.bin'), 'x');
  writeFileSync(join(folder, 'corpus', 'a-b', 'by-hand.dcm'), 'y');
  expect(readKept(folder, 'A (b)').map(({ readSeed }) => readSeed)).toEqual([77, 0]);
  expect(readKept(folder, 'Other')).toEqual([]);
  expect(readdirSync(folder)).toEqual(['corpus']);
});
