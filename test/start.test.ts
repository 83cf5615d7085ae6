import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { isBuilt, writeBuildStamp } from '../scripts/build-stamp.mjs';

const LOCK = '{"lockfileVersion": 3}';

let root: string;
const write = (path: string, content: string) => {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), content);
};

/** A tree with one source in each package and the files that decide how they are built. */
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'deephealth-start-'));
  for (const folder of [
    'proto',
    'sdk',
    'native',
    'runtime',
    'conformance',
    'console',
    'adapters/clinical-decision-support',
    'adapters/digital-pathology',
    'adapters/expressif',
    'adapters/piaf',
    'cli',
    'samples',
  ]) {
    write(`${folder}/src/index.ts`, `export const name = '${folder}';\n`);
    write(`${folder}/dist/index.js`, '');
  }
  write('proto/proto/service.proto', 'syntax = "proto3";\n');
  write('sdk/schemas/model.schema.json', '{}\n');
  for (const file of ['tsup.config.ts', 'tsconfig.base.json', 'tsconfig.json']) write(file, '\n');
  for (const name of ['cases', 'validators']) write(`scripts/generate-${name}.mjs`, '\n');
  write('package-lock.json', LOCK);
  // Stands for the real build: leaves a mark and prints to standard output, as tools do.
  write(
    'scripts/build.mjs',
    `import { writeFileSync } from 'node:fs';\nwriteFileSync('was-built', '');\nconsole.log('building');\n`,
  );
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

describe('the build stamp', () => {
  it('is missing before the first build and fits right after one', () => {
    expect(isBuilt(root)).toBe(false);
    writeBuildStamp(root);
    expect(isBuilt(root)).toBe(true);
  });

  it.each([
    ['a source', 'sdk/src/index.ts'],
    ['the contract', 'proto/proto/service.proto'],
    ['a schema', 'sdk/schemas/model.schema.json'],
    ['the packages', 'package-lock.json'],
    ['the build itself', 'scripts/build.mjs'],
    ['what the build generates', 'scripts/generate-cases.mjs'],
    ['a new source', 'runtime/src/store/new-idea.ts'],
  ])('no longer fits when %s changes', (_, path) => {
    writeBuildStamp(root);
    write(path, 'changed\n');
    expect(isBuilt(root)).toBe(false);
  });

  it('no longer fits when what was built is gone', () => {
    writeBuildStamp(root);
    rmSync(join(root, 'runtime', 'dist'), { recursive: true });
    expect(isBuilt(root)).toBe(false);
  });

  it('no longer fits when a source is gone or has another name', () => {
    write('cli/src/old-name.ts', 'export {};\n');
    writeBuildStamp(root);
    rmSync(join(root, 'cli/src/old-name.ts'));
    expect(isBuilt(root)).toBe(false);
    write('cli/src/new-name.ts', 'export {};\n');
    expect(isBuilt(root)).toBe(false);
    rmSync(join(root, 'cli/src/new-name.ts'));
    write('cli/src/old-name.ts', 'export {};\n');
    expect(isBuilt(root)).toBe(true);
  });

  it.each([
    ['tests', 'sdk/src/index.test.ts'],
    ['tests of the public entry', 'runtime/test/predict.test.ts'],
    ['what the build writes', 'runtime/dist/index.mjs'],
    ['generated types', 'proto/src/generated/service.ts'],
    ['installed packages', 'cli/node_modules/x/index.json'],
    ['sample models', 'samples/models/ecg-beat/1.0.0/model.json'],
    ['documentation', 'sdk/README.md'],
  ])('still fits when %s change', (_, path) => {
    writeBuildStamp(root);
    write(path, 'changed\n');
    expect(isBuilt(root)).toBe(true);
  });
});

describe('what npm start and npm test do first', () => {
  const script = new URL('../scripts/prepare.mjs', import.meta.url).href;
  const prepare = () => {
    const code = `import { prepare } from ${JSON.stringify(script)};\nprepare(${JSON.stringify(root)});`;
    return spawnSync(process.execPath, ['--input-type=module', '-e', code], { encoding: 'utf8' });
  };
  const install = () => {
    write('node_modules/.package-lock.json', LOCK);
    write('.build/installed', createHash('sha256').update(LOCK).digest('hex'));
  };

  it('is nothing, without a word, if all is installed and built', () => {
    install();
    writeBuildStamp(root);
    expect(prepare()).toMatchObject({ status: 0, stdout: '', stderr: '' });
    expect(existsSync(join(root, 'was-built'))).toBe(false);
  });

  it('is a build if sources have changed, with its output kept off standard output', () => {
    install();
    const { status, stdout, stderr } = prepare();
    expect({ status, stdout }).toEqual({ status: 0, stdout: '' });
    expect(stderr).toBe('Building ...\nbuilding\n');
    expect(existsSync(join(root, 'was-built'))).toBe(true);
  });

  it('ends with the exit code of a build that fails', () => {
    install();
    write('scripts/build.mjs', 'process.exit(7);\n');
    const { status, stderr } = prepare();
    expect(status).toBe(7);
    expect(stderr).toMatch(/build\.mjs" failed\. The lines above say why\.\n$/);
  });
});
