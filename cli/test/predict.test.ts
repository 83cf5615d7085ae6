import { writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { dicomImage, pngFile, tiffFile } from '@deephealth/sdk/testing';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { deephealth, endProcesses } from './cli-process.js';
import {
  brokenPackage,
  endlessPackage,
  imagePackage,
  riskPackage,
  type ServedPackages,
  servePackages,
  signalPackage,
  vectorPackage,
} from './served-packages.js';
import { removeTemporaryFolders, temporaryFolder } from './temporary-folder.js';

let served: ServedPackages;
let folder: string;
beforeAll(async () => {
  folder = temporaryFolder();
  served = await servePackages([
    vectorPackage,
    brokenPackage,
    // Its steps give four samples.
    {
      ...signalPackage,
      name: 'misfit',
      tensors: { ...signalPackage.tensors, inputs: [{ name: 'x', dataType: 'FP32', shape: [-1, 1, 5] }] },
    },
    signalPackage,
    riskPackage('1.0.0', 0.5),
    riskPackage('2.0.0', 0.25),
    endlessPackage,
    imagePackage,
  ]);
});
afterEach(endProcesses);
afterAll(async () => {
  await served.stop();
  removeTemporaryFolders();
});

function inputFile(name: string, content: string | object): string {
  const path = join(folder, name);
  const isWhole = typeof content === 'string' || content instanceof Uint8Array;
  writeFileSync(path, isWhole ? content : JSON.stringify(content));
  return path;
}
const predict = (...args: string[]) => deephealth('predict', '--address', served.server.address, ...args);

/** FP32 values of the first finding in the JSON output. */
function tensorValues(stdout: string): number[] {
  const response = JSON.parse(stdout) as { findings: { tensor: { data: string } }[] };
  const bytes = Buffer.from(response.findings[0]?.tensor.data ?? '', 'base64');
  return Array.from({ length: bytes.length / 4 }, (_, i) => bytes.readFloatLE(i * 4));
}

describe('deephealth predict', () => {
  it('prints decision, probability, threshold, the version that answered and the research warning', async () => {
    const file = inputFile('patient.json', { score: { value: 0.375, unit: '1' } });
    const { exitCode, stdout, complaints } = await predict('risk', file);
    const digest = served.server.store.find('risk', '2.0.0').packageSha256.slice(0, 12);
    expect({ exitCode, complaints }).toEqual({ exitCode: 0, complaints: '' });
    const [head, row] = stdout.split('\n').map((line) => line.split(/\s{2,}/));
    expect(head).toEqual(['FINDING', 'PROBABILITY OR VALUE', 'THRESHOLD']);
    expect(row).toEqual(['disease: present', 'p(present) = 0.375', '0.250']);
    expect(stdout).toMatch(new RegExp(`model risk 2\\.0\\.0, package ${digest}, onnxruntime(-node)?/`));
    expect(stdout).toMatch(/^warning: RESEARCH_USE_ONLY: /m);
  });

  it('runs the version that name@version asks for, not the default', async () => {
    const file = inputFile('patient.json', { score: { value: 0.375, unit: '1' } });
    const { exitCode, stdout } = await predict('risk@1.0.0', file);
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^disease: absent +p\(present\) = 0\.375 +0\.500$/m);
    expect(stdout).toContain('model risk 1.0.0,');
  });

  it('reads a signal from a CSV file', async () => {
    const file = inputFile('beat.csv', '# rate_hz: 250\n# channels: II\n# unit: mV\n1\n-0.5\n0.25\n2\n');
    const { exitCode, stdout } = await predict('signal', file, '--json');
    expect(exitCode).toBe(0);
    expect(tensorValues(stdout)).toEqual([1, -0.5, 0.25, 2]);
  });

  it('reads an image by what the file holds, and the frame that was asked for', async () => {
    const pixels = Uint8Array.of(0, 1, 3, 4);
    const files: [name: string, content: Buffer, flags: string[], expected: number[]][] = [
      ['scan.png', pngFile({ width: 2, height: 1, depth: 8, colour: 'gray', bytes: [255, 0] }), [], [4, 0]],
      ['scan.tif', tiffFile([{ width: 2, height: 1, bits: 16, pixels: [0, 65_535] }]), [], [0, 4]],
      ['IM000001', dicomImage({ rows: 1, columns: 2, allocated: 8, frames: '2', pixels }), ['--frame', '0'], [0, 1]],
      ['scan.dcm', dicomImage({ rows: 1, columns: 2, allocated: 8, frames: '2', pixels }), ['--frame', '1'], [3, 4]],
    ];
    for (const [name, content, flags, expected] of files) {
      const { exitCode, stdout } = await predict('image', inputFile(name, content), '--json', ...flags);
      expect(exitCode, name).toBe(0);
      expect(tensorValues(stdout), name).toEqual(expected);
    }
    // A score of the first frame would pass for one of the file.
    const untold = await predict('image', inputFile('loop.dcm', files[2]?.[1] ?? ''));
    expect(untold.exitCode).not.toBe(0);
    expect(untold.complaints).toContain('It has 2 frames or pages');
    const text = await predict('image', inputFile('notes.dcm', 'no image'));
    expect(text.exitCode).not.toBe(0);
    expect(text.complaints).toContain('holds no PNG, JPEG, TIFF, BMP or DICOM image');
  });

  it('reads inputs in the notation of golden cases', async () => {
    const file = inputFile('vector.json', {
      inputs: { x: { tensor: { dataType: 'FP32', shape: [2, 4], values: [1, 2, 3, 4, 5, 6, 7, 8] } } },
    });
    const { exitCode, stdout } = await predict('vector', file, '--json');
    expect(exitCode).toBe(0);
    expect(tensorValues(stdout)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    expect((await predict('vector', file)).stdout).toMatch(/^y +FP32 \[2, 4\] +-$/m);
  });

  it('prints with --json exactly what a client of the contract gets', async () => {
    const file = inputFile('patient.json', { score: { value: 0.375, unit: '1' } });
    const { exitCode, stdout, stderr } = await predict('risk', file, '--json', '--request-id', 'run-7');
    const response = await served.client.predict({
      modelName: 'risk',
      requestId: 'run-7',
      inputs: [{ name: 'patient', table: { values: [{ name: 'score', number: 0.375, unit: '1' }] } }],
    });
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    const comparable = (text: string) => {
      const { provenance, ...rest } = JSON.parse(text) as { provenance: Record<string, unknown> };
      // When it ran and how long it took are the run's own.
      const { timings, completedAt, ...same } = provenance;
      return { ...rest, provenance: same, own: [Object.keys(timings as object), Object.keys(completedAt as object)] };
    };
    expect(comparable(stdout)).toEqual(comparable(JSON.stringify(response)));
    expect(comparable(stdout)).toMatchObject({ requestId: 'run-7' });
  });
});

describe('a prediction that is refused', () => {
  const patient = (score: unknown, more = {}) => ({ score, ...more });
  it.each([
    ['a value out of range', 'risk', 'in.json', patient({ value: 77.25, unit: '1' }), 'DH_VALUE_OUT_OF_RANGE'],
    ['another unit', 'risk', 'in.json', patient({ value: 0.5, unit: 'mmol/L' }), 'DH_UNIT_MISMATCH'],
    ['a missing value', 'risk', 'in.json', patient({ value: null }), 'DH_VALUE_MISSING'],
    ['a column too many', 'risk', 'in.json', patient(0.5, { age: 63 }), 'DH_COLUMN_UNKNOWN'],
    ['a text for a number', 'risk', 'in.json', patient('high'), 'DH_COLUMN_TYPE_MISMATCH'],
    ['a file that is not JSON', 'risk', 'in.json', '{"score":', 'DH_REQUEST_MALFORMED'],
    [
      'a signal for a table',
      'risk',
      'in.csv',
      '# rate_hz: 250\n# channels: II\n# unit: mV\n1\n',
      'DH_REQUEST_MALFORMED',
    ],
    ['a file type that is not read', 'risk', 'in.txt', 'text', 'DH_MEDIA_TYPE_UNSUPPORTED'],
    ['a recording that is none', 'signal', 'in.edf', 'EDF', 'DH_MEDIA_UNREADABLE'],
    ['an unknown model', 'nowhere', 'in.json', patient(0.5), 'DH_MODEL_NOT_FOUND'],
    ['an unknown version', 'risk@3', 'in.json', patient(0.5), 'DH_MODEL_VERSION_NOT_FOUND'],
    [
      'a refused model',
      'broken',
      'in.json',
      { inputs: { x: { tensor: { dataType: 'FP32', shape: [1, 4], values: [1, 2, 3, 4] } } } },
      'DH_MODEL_QUARANTINED',
    ],
    [
      'a refused model of which nothing is known, and a file that is no JSON',
      'misfit',
      'in.csv',
      '# rate_hz: 250\n# channels: II\n# unit: mV\n1\n',
      'DH_MODEL_QUARANTINED',
    ],
  ])('%s: exit code 1, the code, and no value or path', async (_, model, name, content, code) => {
    const file = inputFile(name, content);
    const [plain, json] = await Promise.all([predict(model, file), predict(model, file, '--json')]);
    expect(plain).toMatchObject({ exitCode: 1, stdout: '' });
    expect(plain.complaints).toMatch(new RegExp(`^${code}: .+\n$`));
    expect(json).toMatchObject({ exitCode: 1, stderr: '' });
    const { error } = JSON.parse(json.stdout) as { error: { code: string; message: string } };
    expect(error.code).toBe(code);
    expect(`${code}: ${error.message}\n`).toBe(plain.complaints);
    for (const text of [plain.stderr, json.stdout]) {
      expect(text).not.toContain('77.25');
      expect(text).not.toContain(folder);
    }
  });

  it('a file that is not there is named without its folder', async () => {
    const { exitCode, stderr } = await predict('risk', join(folder, 'absent.json'));
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/^DH_REQUEST_MALFORMED: .*"absent\.json"/);
    expect(stderr).not.toContain(folder);
  });

  it('a run beyond --timeout ends then, with DH_DEADLINE_EXCEEDED', async () => {
    const file = inputFile('vector.json', {
      inputs: { x: { tensor: { dataType: 'FP32', shape: [1, 4], values: [1, 2, 3, 4] } } },
    });
    const { exitCode, complaints } = await predict('endless', file, '--timeout', '1');
    expect(exitCode).toBe(1);
    expect(complaints).toMatch(/^DH_DEADLINE_EXCEEDED: /);
  });
});

describe('without a server', () => {
  /** A port of this machine where certainly nothing listens: it was just free. */
  async function freeAddress(): Promise<string> {
    const probe = createServer();
    await new Promise<void>((resolve) => probe.listen(0, '127.0.0.1', resolve));
    const { port } = probe.address() as { port: number };
    await new Promise((resolve) => probe.close(resolve));
    return `127.0.0.1:${port}`;
  }

  it('the command ends within its 5 s for connecting, with exit code 3 and the address', async () => {
    const address = await freeAddress();
    const file = inputFile('patient.json', { score: 0.5 });
    const { exitCode, stdout, stderr, tookMs } = await deephealth('predict', '--address', address, 'risk', file);
    expect({ exitCode, stdout }).toEqual({ exitCode: 3, stdout: '' });
    expect(stderr).toMatch(/^DH_CONNECT_FAILED: /);
    expect(stderr).toContain(address);
    expect(tookMs).toBeLessThan(9000);
  });

  it('--timeout also bounds the connecting, and --json says the same as JSON', async () => {
    const address = await freeAddress();
    const { exitCode, stdout, stderr, tookMs } = await deephealth(
      ...['models', '--address', address, '--timeout', '0.5', '--json'],
    );
    expect({ exitCode, stderr }).toEqual({ exitCode: 3, stderr: '' });
    expect(JSON.parse(stdout)).toMatchObject({ error: { code: 'DH_CONNECT_FAILED', retryable: true } });
    expect(tookMs).toBeLessThan(5000);
  });

  it('something that listens but never answers is no server either', async () => {
    const silent = createServer();
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    try {
      const address = `127.0.0.1:${(silent.address() as { port: number }).port}`;
      expect((await deephealth('models', '--address', address, '--timeout', '0.5')).exitCode).toBe(3);
    } finally {
      await endProcesses();
      silent.close();
    }
  });
});
