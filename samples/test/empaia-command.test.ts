import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { Fields } from '../hosts/pathology/empaia-documents.js';
import { type EmpaiaDouble, startEmpaiaDouble } from '../hosts/pathology/empaia-double.js';
import { itemsOf, PACKAGE, pixelOf, syntheticSlide } from './empaia-job.js';

const BIN = fileURLToPath(new URL('../../cli/bin/deephealth.mjs', import.meta.url));
const NAMESPACE = 'org.empaia.my_lab.tissue.v3.2';

interface Ended {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** With no variables but those given, and what finds programs. */
function empaiaApp(args: readonly string[], env: NodeJS.ProcessEnv = {}, stopWhen?: (stop: () => void) => void) {
  const { PATH } = process.env;
  const child = spawn(process.execPath, [BIN, 'empaia-app', ...args], { env: { PATH, TMPDIR: tmpdir(), ...env } });
  const texts = { stdout: '', stderr: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    texts.stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    texts.stderr += text;
  });
  stopWhen?.(() => child.kill('SIGTERM'));
  return new Promise<Ended>((resolve) => child.once('close', (exitCode) => resolve({ exitCode, ...texts })));
}

function workFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'deephealth-empaia-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

async function start(): Promise<EmpaiaDouble> {
  const printed = await empaiaApp(['--ead', '-m', PACKAGE, '--namespace', NAMESPACE]);
  expect(printed).toMatchObject({ exitCode: 0, stderr: expect.stringMatching(NOTHING_BUT_PROGRESS) });
  const ead = JSON.parse(printed.stdout) as Fields;
  expect(ead.namespace).toBe(NAMESPACE);
  // The sample looks at 8 micrometres a pixel.
  const wsi = { pixel_size_nm: { x: 4000, y: 4000, z: 0 } };
  const double = await startEmpaiaDouble({ slide: syntheticSlide(), ead, mode: 'preprocessing', wsi });
  onTestFinished(() => double.close());
  return double;
}

/** A slow machine is told how far it is. */
const NOTHING_BUT_PROGRESS = /^(?:tiles \.\.\. .*\n)*$/;

describe('deephealth empaia-app', () => {
  it('is an app: the description that it prints is that of the job that it runs', async () => {
    const double = await start();
    const work = workFolder();
    const image = { DEEPHEALTH_SLIDE_MODEL: PACKAGE, DEEPHEALTH_EMPAIA_NAMESPACE: NAMESPACE };
    const ended = await empaiaApp(['--work', work], { ...double.environment, ...image });
    expect(ended).toMatchObject({ exitCode: 0, stderr: expect.stringMatching(NOTHING_BUT_PROGRESS) });
    expect(ended.stdout).toContain('The job is finalized.');
    expect(double.store).toMatchObject({ isFinalized: true, failures: [] });
    // Level 1 has 8 micrometres a pixel.
    expect(pixelOf(double, 'probability_tissue', 140, 400)).toBeGreaterThan(0.5);
    expect(pixelOf(double, 'probability_tissue', 400, 140)).toBeLessThan(0.5);
    expect(itemsOf(double, 'region_classes')[0]?.value).toBe(`${NAMESPACE}.classes.tissue`);
    // Nothing of the run is left but what says that it is done.
    expect(readdirSync(join(work, double.environment.EMPAIA_JOB_ID))).toEqual(['posted.json']);
  });

  it('tells the platform of a package that is missing, and prints no token', async () => {
    const double = await start();
    const ended = await empaiaApp(['-m', join(workFolder(), 'none')], double.environment);
    expect(ended.exitCode).toBe(1);
    expect(double.store.failures).toMatchObject([expect.stringContaining('technical fault')]);
    expect(ended.stdout + ended.stderr).not.toContain(double.environment.EMPAIA_TOKEN);
  });

  it('ends at SIGTERM without a failure, and goes on when it is started again', async () => {
    const double = await start();
    const args = ['-m', PACKAGE, '--namespace', NAMESPACE, '--work', workFolder()];
    const ended = await empaiaApp(args, double.environment, (stop) => {
      double.disturb = (kind) => {
        if (kind.startsWith('GET regions')) stop();
        return undefined;
      };
    });
    expect(ended).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('DH_CANCELLED') });
    expect(double.store).toMatchObject({ isFinalized: false, failures: [] });
    double.disturb = () => undefined;
    expect((await empaiaApp(args, double.environment)).exitCode).toBe(0);
    expect(double.store.isFinalized).toBe(true);
  });

  it('says which variables of a job are missing', async () => {
    const ended = await empaiaApp(['-m', PACKAGE], { EMPAIA_JOB_ID: 'a' });
    expect(ended).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('EMPAIA_APP_API, EMPAIA_TOKEN') });
  });

  it('refuses a namespace that can be none', async () => {
    const ended = await empaiaApp(['--ead', '-m', PACKAGE, '--namespace', 'tissue']);
    expect(ended).toMatchObject({ exitCode: 1, stdout: '', stderr: expect.stringContaining('org.empaia.<vendor>') });
  });
});
