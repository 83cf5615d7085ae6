import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { deephealth, deephealthHere, endProcesses } from './cli-process.js';
import { removeTemporaryFolders, temporaryFolder } from './temporary-folder.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const TEMPLATES = join(ROOT, 'cli', 'templates', 'adapter');
const LIMIT_MS = 180_000;
/** One case of each kind that an adapter gets wrong: faces, errors, time, results, secrecy, deliveries, bindings. */
const SOME_CASES = [4, 6, 9, 13, 16, 19, 21, 24, 28, 32, 38, 40].map((n) => `DH-ADP-${String(n).padStart(3, '0')}`);

const inside: string[] = [];

/** In the repository, where the packages of the workspace are found as they would be once installed. */
function folderInside(): string {
  mkdirSync(join(ROOT, '.build'), { recursive: true });
  const folder = mkdtempSync(join(ROOT, '.build', 'adapter-new-'));
  inside.push(folder);
  return folder;
}

afterEach(endProcesses);
afterAll(() => {
  removeTemporaryFolders();
  for (const folder of inside) rmSync(folder, { recursive: true, force: true });
});

const filesOf = (folder: string) =>
  (readdirSync(folder, { recursive: true, withFileTypes: true }) as { isFile(): boolean; name: string }[])
    .filter((entry) => entry.isFile())
    .map(({ name }) => name);

/** Ends with what a program printed where it failed. */
async function run(cwd: string, program: string, ...args: string[]): Promise<string> {
  const { NODE_TEST_CONTEXT: _, ...env } = process.env;
  const child = spawn(program, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
  let printed = '';
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text) => (printed += text));
  const exitCode = await new Promise((resolve) => child.once('close', resolve));
  expect({ exitCode, printed }).toMatchObject({ exitCode: 0 });
  return printed;
}

const compile = (project: string) => run(project, process.execPath, join(ROOT, 'node_modules', '.bin', 'tsc'));

async function conformance(project: string, main: string, cases: readonly string[]) {
  const adapter = [process.execPath, join(project, main), '--runtime', '{runtime}', '--platform', '{platform}'];
  const { stdout } = await deephealth(
    ...['conformance', 'adapter', '--platform', 'generic', '--profile', 'adapter-common'],
    ...['--only', cases.join(','), '--json', '--', ...adapter],
  );
  const { results } = JSON.parse(stdout) as { results: { id: string; status: string }[] };
  const judged = results.filter(({ status }) => status !== 'skipped');
  return {
    failed: judged.filter(({ status }) => status !== 'pass').map(({ id }) => id),
    passed: new Set(judged.filter(({ status }) => status === 'pass').map(({ id }) => id.replace(/\[.*/, ''))),
  };
}

describe('deephealth adapter new', () => {
  it(
    'writes in TypeScript what builds, passes its own tests and keeps the contract',
    async () => {
      const dir = folderInside();
      const { exitCode, stdout } = await deephealthHere('adapter', 'new', 'my-adapter', '--dir', dir);
      expect([exitCode, stdout]).toEqual([0, expect.stringContaining('npm run conformance')]);
      const project = join(dir, 'my-adapter');
      await compile(project);
      const tested = await run(
        project,
        process.execPath,
        '--test',
        'dist/test/mapping.test.js',
        'dist/test/adapter.test.js',
      );
      expect(tested).toMatch(/pass 1\d\n/);
      const { failed, passed } = await conformance(project, 'dist/src/index.js', SOME_CASES);
      expect({ failed, passed }).toEqual({ failed: [], passed: new Set(SOME_CASES) });
    },
    LIMIT_MS,
  );

  it(
    'writes in JavaScript what the same holds for, and the suite sees it when a unit is dropped',
    async () => {
      const dir = folderInside();
      await deephealthHere('adapter', 'new', 'my-adapter', '--language', 'js', '--dir', dir);
      const project = join(dir, 'my-adapter');
      await run(project, process.execPath, '--test', 'test/mapping.test.js', 'test/adapter.test.js');
      const whole = await conformance(project, 'src/index.js', ['DH-ADP-013', 'DH-ADP-032']);
      expect(whole).toEqual({ failed: [], passed: new Set(['DH-ADP-013', 'DH-ADP-032']) });
      const mapping = join(project, 'src', 'mapping', 'finding.js');
      const text = readFileSync(mapping, 'utf8');
      expect(text).toContain('value, unit };');
      writeFileSync(mapping, text.replace('value, unit };', "value, unit: '' };"));
      expect((await conformance(project, 'src/index.js', ['DH-ADP-013'])).failed).toContain('DH-ADP-013');
    },
    LIMIT_MS,
  );

  it('leaves no placeholder, and names the project everywhere', async () => {
    const dir = temporaryFolder();
    const { stdout } = await deephealthHere('adapter', 'new', 'kidney-viewer', '--dir', dir, '--json');
    const { files, name, language } = JSON.parse(stdout) as { files: string[]; name: string; language: string };
    expect([name, language]).toEqual(['kidney-viewer', 'ts']);
    expect(files).toEqual(
      expect.arrayContaining(['.gitignore', 'README.md', 'package.json', 'src/index.ts', 'tsconfig.json']),
    );
    expect(filesOf(join(dir, 'kidney-viewer')).length).toBe(files.length);
    const texts = files.map((file) => readFileSync(join(dir, 'kidney-viewer', file), 'utf8'));
    expect(texts.filter((text) => /__[a-z]+__/.test(text))).toEqual([]);
    expect(JSON.parse(texts[files.indexOf('package.json')] as string).name).toBe('kidney-viewer');
  });

  it('changes nothing in a folder that is there', async () => {
    const dir = temporaryFolder();
    mkdirSync(join(dir, 'mine'));
    const { exitCode, stderr } = await deephealthHere('adapter', 'new', 'mine', '--dir', dir);
    expect([exitCode, stderr]).toEqual([1, expect.stringContaining('DH_OUTPUT_EXISTS')]);
    expect(readdirSync(join(dir, 'mine'))).toEqual([]);
  });

  it.each(['../outside', '/absolute', 'Upper', 'a', 'a/b', 'node_modules', 'x--y', '-x', 'ends-', 'a|b', 'é-adapter'])(
    'refuses the name %j and writes nothing',
    async (name) => {
      const dir = temporaryFolder();
      const { exitCode, stderr } = await deephealthHere('adapter', 'new', '--dir', dir, '--', name);
      expect([exitCode, stderr]).toEqual([1, expect.stringMatching(/^DH_CONFIG_INVALID: The name .* lower-case/)]);
      expect(readdirSync(dir)).toEqual([]);
    },
  );

  it('has a template in JavaScript that is the one in TypeScript without its types', async () => {
    const rendered = folderInside();
    await run(ROOT, process.execPath, join(ROOT, 'scripts', 'render-adapter-template.mjs'), rendered);
    const sources = (folder: string) =>
      ['src', 'test'].flatMap((kind) =>
        (readdirSync(join(folder, kind), { recursive: true, encoding: 'utf8' }) as string[])
          .filter((file) => file.endsWith('.js'))
          .map((file) => [`${kind}/${file}`, readFileSync(join(folder, kind, file), 'utf8')]),
      );
    // Not so? node scripts/render-adapter-template.mjs
    expect(Object.fromEntries(sources(join(TEMPLATES, 'js')))).toEqual(Object.fromEntries(sources(rendered)));
  }, 60_000);
});
