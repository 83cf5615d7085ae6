import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { BLOCKS, type Block, placeOf, ROOT } from './pages.js';

const folder = mkdtempSync(join(tmpdir(), 'deephealth-typed-blocks-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A module of the block, in the surroundings that its mark declares. */
function moduleOf({ text, mark }: Block): string {
  const around = mark?.kind === 'types' ? mark.value : '';
  return `${around}\n${text}\nexport {};\n`;
}

/** What the compiler says of each module, by its name. */
function complaintsOf(modules: Readonly<Record<string, string>>): string[] {
  for (const [name, text] of Object.entries(modules)) writeFileSync(join(folder, `${name}.ts`), text);
  const config = {
    extends: join(ROOT, 'tsconfig.base.json'),
    compilerOptions: {
      ...{ noEmit: true, composite: false, incremental: false, skipLibCheck: true, types: ['node'] },
      // A page shows how a value is made, not always what is done with it.
      ...{ noUnusedLocals: false, noUnusedParameters: false },
    },
    files: Object.keys(modules).map((name) => `${name}.ts`),
  };
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(config));
  const program = join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc');
  const { stdout } = spawnSync(process.execPath, [program, '-p', folder, '--pretty', 'false'], {
    cwd: folder,
    encoding: 'utf8',
  });
  return stdout.split('\n').filter((line) => line !== '');
}

symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
writeFileSync(join(folder, 'package.json'), '{"type": "module"}');

const TYPED = BLOCKS.filter(({ language }) => language === 'ts');

describe('TypeScript of the documentation', () => {
  it('fits the types of the built packages', () => {
    expect(TYPED.length).toBeGreaterThan(10);
    const modules = Object.fromEntries(
      TYPED.map((block) => [placeOf(block).replaceAll(/[/:.]/g, '-'), moduleOf(block)]),
    );
    expect(complaintsOf(modules)).toEqual([]);
  });

  it('is refused where it does not', () => {
    const block = { page: 'page.md', line: 1, language: 'ts' };
    const misspelt = { ...block, text: "import { createRuntimeCleint } from '@deephealth/sdk';" };
    const wrong = {
      ...block,
      text: "import { createRuntimeClient } from '@deephealth/sdk';\ncreateRuntimeClient({ adress: '127.0.0.1:8500' });",
    };
    const complaints = complaintsOf({ misspelt: moduleOf(misspelt), wrong: moduleOf(wrong) });
    expect(complaints.filter((line) => line.startsWith('misspelt.ts'))).not.toEqual([]);
    expect(complaints.filter((line) => line.startsWith('wrong.ts'))).not.toEqual([]);
  });
});
