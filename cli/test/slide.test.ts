import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { encode } from 'fast-png';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { deephealth, deephealthHere, startDeephealth } from './cli-process.js';
import { temporaryFolder } from './temporary-folder.js';

const PACKAGE = fileURLToPath(new URL('../../samples/models/tissue-pixels/1.0.0', import.meta.url));
const [WIDTH, HEIGHT] = [640, 420];
const isTissue = (x: number, y: number) => x >= 100 && x < 300 && y >= 80 && y < 360;

let slide: string;
beforeAll(() => {
  const data = new Uint8Array(WIDTH * HEIGHT * 3);
  for (let y = 0; y < HEIGHT; y++) {
    for (let x = 0; x < WIDTH; x++) {
      const noise = ((x * 7919) ^ (y * 104729)) % 13;
      data.set(isTissue(x, y) ? [180 + noise, 100 + noise, 150] : [241, 240, 242], (y * WIDTH + x) * 3);
    }
  }
  slide = join(temporaryFolder(), 'block-7.png');
  writeFileSync(slide, encode({ width: WIDTH, height: HEIGHT, channels: 3, data }));
});

/** What a CRS4 archive holds of an array, by names: entries are stored as they are. */
function entry(archive: Buffer, name: string): Record<string, unknown> {
  const at = archive.indexOf(Buffer.from(name, 'latin1'));
  const begin = archive.indexOf('{', at);
  return JSON.parse(archive.subarray(begin, archive.indexOf('PK', begin)).toString());
}

describe('deephealth slide info', () => {
  it('tells what a slide is, for people and for programs', async () => {
    const text = await deephealth('slide', 'info', slide, '--mpp', '8');
    expect(text.stdout).toContain('8 x 8 um (given)');
    expect(text.stdout).toMatch(/0 +640 x 420 +1 +8/);
    const { stdout } = await deephealth('slide', 'info', slide, '--mpp', '8,7.5', '--json');
    expect(JSON.parse(stdout)).toMatchObject({
      ...{ name: 'block-7.png', format: 'image', sha256: expect.stringMatching(/^[0-9a-f]{64}$/) },
      geometry: { micronsPerPixel: { x: 8, y: 7.5, source: 'given' } },
    });
  });

  it('refuses a slide that does not say how large its pixels are, and says what to do', async () => {
    const { exitCode, stderr } = await deephealth('slide', 'info', slide);
    expect(exitCode).toBe(1);
    expect(stderr).toContain('DH_SLIDE_SCALE_MISSING');
    expect(stderr).not.toContain(slide);
  });

  it.each(['0', '-1', 'x', '', '1,2,3', '5000'])('refuses --mpp %s', async (mpp) => {
    const { exitCode, stderr } = await deephealthHere('slide', 'info', slide, '--mpp', mpp);
    expect({ exitCode, hasReason: stderr.includes('micrometres') }).toEqual({ exitCode: 2, hasReason: true });
  });
});

describe('deephealth validate', () => {
  it('checks how a package is bound to slides', async () => {
    const good = await deephealth('validate', PACKAGE);
    expect(good.stdout).toMatch(/^digital-pathology +ok +analyses tissue$/m);
    const folder = join(temporaryFolder(), 'tissue-pixels', '1.0.0');
    cpSync(PACKAGE, folder, { recursive: true });
    const file = join(folder, 'bindings', 'digital-pathology.json');
    writeFileSync(file, readFileSync(file, 'utf8').replace('"tissue_probability"]', '"tumour"]'));
    const bad = await deephealth('validate', folder, '--write-sums');
    expect(bad.exitCode).toBe(1);
    expect(bad.stdout).toMatch(/REFUSED DH_SLIDE_BINDING_INVALID: .*"\/analyses\/0\/outputs\/0"/);
  });
});

describe('deephealth slide predict', () => {
  it('leads a model over a slide and writes what was found', async () => {
    const out = join(temporaryFolder(), 'result');
    const { exitCode, stdout, stderr } = await deephealth(
      'slide',
      'predict',
      PACKAGE,
      slide,
      '--mpp',
      '8',
      '--out',
      out,
    );
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    expect(stdout).toContain('tissue-pixels 1.0.0 on block-7.png');
    expect(stdout).toContain('for research only');
    // No state of the run is left.
    expect(readdirSync(out).sort()).toEqual([
      'tissue.geojson',
      'tissue.labels.zarr',
      'tissue.overlay.png',
      'tissue.png',
      'tissue.report.json',
      'tissue.shapes.json',
      'tissue.zip',
    ]);
    const report = JSON.parse(readFileSync(join(out, 'tissue.report.json'), 'utf8'));
    // 200 x 280 pixels of 64 um2, and the neighbours that the model looks at.
    expect(report.classes[0].areaMm2 / (200 * 280 * 64e-6)).toBeCloseTo(1, 1);
    expect(report).toMatchObject({
      researchUseOnly: true,
      tiles: { unread: 0 },
      grid: { cellWidth: 1, columns: WIDTH },
    });
    const again = await deephealth('slide', 'predict', PACKAGE, slide, '--mpp', '8', '--out', out);
    expect(again).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('DH_OUTPUT_EXISTS') });
  });

  it('takes a package by a link, and one that lies in a folder of another name', async () => {
    const root = temporaryFolder();
    mkdirSync(join(root, 'mounted'));
    symlinkSync(PACKAGE, join(root, 'mounted', 'package'));
    const out = join(root, 'out');
    const linked = ['slide', 'predict', join(root, 'mounted', 'package'), slide, '--mpp', '8', '--out', out];
    expect((await deephealth(...linked, '--formats', 'png', '--json')).exitCode).toBe(0);
    expect(readdirSync(out).sort()).toEqual(['tissue.overlay.png', 'tissue.png', 'tissue.report.json']);
  });

  it('asks only where the map of another model says so', async () => {
    const out = join(temporaryFolder(), 'out');
    const run = (...args: string[]) =>
      deephealth('slide', 'predict', PACKAGE, slide, '--mpp', '8', '--out', out, '--overwrite', '--json', ...args);
    const whole = JSON.parse((await run()).stdout);
    const filter = ['--filter', 'tissue>0.5', '--filter-slide', join(out, 'tissue.zip')];
    const filtered = JSON.parse((await run(...filter, '--formats', 'png')).stdout);
    expect(filtered.tiles.examined).toBeLessThan(whole.tiles.examined);
    expect(filtered.tiles.examined + filtered.tiles.skipped).toBe(whole.tiles.examined);
    expect(filtered.provenance.planSha256).not.toBe(whole.provenance.planSha256);
    // Of the cells that were examined, more are tissue.
    expect(filtered.classes[0].mean).toBeGreaterThan(whole.classes[0].mean);
    expect(whole.classes[0].highest).toBeGreaterThan(0.99);
    expect((await run('--filter', 'tissue>0.5')).stdout).toContain('give --filter and --filter-slide together');
  });

  it('refuses what does not fit, before anything is written', async () => {
    const out = join(temporaryFolder(), 'out');
    const run = (...args: string[]) => deephealth('slide', 'predict', PACKAGE, slide, '--out', out, ...args);
    expect((await run('--mpp', '30')).stderr).toContain('DH_SLIDE_UNSUITABLE');
    expect((await run('--mpp', '8', '--level', '3')).stderr).toContain('DH_SLIDE_REGION_INVALID');
    expect((await run('--mpp', '8', '--analysis', 'tumour')).stderr).toContain('It has "tissue"');
    expect(await run('--mpp', '8', '--formats', 'png,pdf')).toMatchObject({
      ...{ exitCode: 2, stderr: expect.stringContaining('no format "pdf"') },
    });
    expect(existsSync(join(out, 'tissue.report.json'))).toBe(false);
    const missing = await deephealth('slide', 'predict', PACKAGE, join(out, 'none.svs'), '--out', out);
    expect(missing.stderr).toContain('DH_SLIDE_UNREADABLE');
    expect(missing.stderr).not.toContain(out);
  });
});

describe('deephealth slide store', () => {
  /** Takes what it is sent, or answers as it is told. */
  async function archive(status = 200) {
    const sent: { readonly path: string | undefined; readonly token: string | undefined; readonly bytes: number }[] =
      [];
    const server = createServer((request, response) => {
      let bytes = 0;
      request.on('data', (chunk: Buffer) => {
        bytes += chunk.length;
      });
      request.on('end', () => {
        sent.push({ path: request.url, token: request.headers.authorization, bytes });
        const stored = { '00081199': { vr: 'SQ', Value: [{ '00081155': { vr: 'UI', Value: ['1.2.3'] } }] } };
        response.writeHead(status, { 'content-type': 'application/dicom+json' }).end(JSON.stringify(stored));
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void server.close());
    return { sent, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/dicom-web` };
  }
  function results(): string {
    const folder = temporaryFolder();
    for (const file of ['tissue.seg.dcm', 'tissue.sr.dcm']) writeFileSync(join(folder, file), Buffer.alloc(300, file));
    writeFileSync(join(folder, 'tissue.report.json'), '{}');
    return folder;
  }
  const store = (folder: string, url: string, env: NodeJS.ProcessEnv = {}) =>
    startDeephealth(['slide', 'store', folder, '--dicomweb', url], { env }).ended;

  it('sends the DICOM objects of a result, with the token of the environment, which nothing repeats', async () => {
    const { sent, url } = await archive();
    const { exitCode, stdout, stderr } = await store(results(), url, { DEEPHEALTH_DICOMWEB_TOKEN: 'very-secret' });
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    expect(sent.map(({ path, token }) => [path, token])).toEqual(
      Array(2).fill(['/dicom-web/studies', 'Bearer very-secret']),
    );
    expect(stdout).toMatch(/tissue\.seg\.dcm +stored[\s\S]*tissue\.sr\.dcm +stored/);
    expect(stdout + stderr).not.toContain('very-secret');
  });

  it('says who refused, and what there is not to send', async () => {
    const { url } = await archive(401);
    expect(await store(results(), url)).toMatchObject({
      ...{ exitCode: 1, stderr: expect.stringContaining('DH_PLATFORM_UNAUTHENTICATED') },
    });
    expect((await store(temporaryFolder(), url)).stderr).toContain('no DICOM results');
  });

  it('takes a slide on a server by the address of its series alone', async () => {
    const { url } = await archive();
    const { exitCode, stderr } = await deephealth('slide', 'info', `${url}/studies/1.2`);
    expect({ exitCode, says: stderr.includes('/series/<uid>') }).toEqual({ exitCode: 1, says: true });
  });
});

describe('deephealth fixed-batch', () => {
  const batch = (...args: string[]) =>
    deephealth('fixed-batch', '-m', PACKAGE, '-l', '0', '--writer', 'zip', '--mpp', '8', ...args, slide);

  it("writes what CRS4's slaid writes, filtered by an array of an earlier run", async () => {
    const out = temporaryFolder();
    const low = await batch('-L', 'tissue_low', '-o', join(out, 'low'), '--gpu', '0');
    const archive = join(out, 'low', 'block-7.png.zip');
    expect(low).toMatchObject({ exitCode: 0, stdout: `${archive}\n` });
    expect(entry(readFileSync(archive), 'tissue_low/.zarray')).toMatchObject({ shape: [HEIGHT, WIDTH], dtype: '|u1' });

    const high = join(out, 'high');
    const filter = ['-F', 'tissue_low>0.8', '--filter-slide', archive];
    expect((await batch('-L', 'tumor', '-o', high, ...filter, '--chunk-size', '20', '-b', '9')).exitCode).toBe(0);
    expect(entry(readFileSync(join(high, 'block-7.png.zip')), 'tumor/.zattrs')).toMatchObject({
      ...{ extraction_level: 0, tile_size: 1, round_to_0_100: true, slide_levels: [[WIDTH, HEIGHT]] },
    });
    expect((await batch('-L', 'tumor', '-o', high, ...filter)).stderr).toContain('DH_OUTPUT_EXISTS');
    expect((await batch('-L', 'tumor', '-o', high, ...filter, '--overwrite')).exitCode).toBe(0);
  });

  it('refuses a filter that cannot be read, and one without its archive', async () => {
    const out = temporaryFolder();
    expect((await batch('-L', 'a', '-o', out, '-F', 'tissue_low>0.1')).stderr).toContain(
      'give -F and --filter-slide together',
    );
    const none = join(out, 'none.zip');
    expect((await batch('-L', 'a', '-o', out, '-F', 'x>>1', '--filter-slide', none)).stderr).toContain(
      'DH_REQUEST_MALFORMED',
    );
    expect((await batch('-L', 'a', '-o', out, '-F', 'x>1', '--filter-slide', none)).exitCode).toBe(1);
  });
});
