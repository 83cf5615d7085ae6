import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseShellBlock } from '../../scripts/docs/shell-block.mjs';
import { BLOCKS, ROOT } from './pages.js';

/** Without its comment. */
const bare = (command: string) => command.replace(/\s+#.*$/, '');

describe('docs/newcomer-walk.md', () => {
  it('has every command of README, in order, each with exit code 0 or ready', () => {
    const page = readFileSync(join(ROOT, 'docs', 'newcomer-walk.md'), 'utf8');
    const walked = [
      ...page.matchAll(/^## \d+\. `(.+)`\n(?:\nThe reader brings .+\n)?\n(?:Stays; ready|Exit code 0)\./gm),
    ];
    const wanted = BLOCKS.filter(({ page: name, mark }) => name === 'README.md' && mark?.kind === 'run');
    const commands = wanted.flatMap(({ text }) => parseShellBlock(text).map(({ command }) => bare(command)));
    expect(commands.length).toBeGreaterThan(10);
    expect(walked.map(([, command]) => command)).toEqual(commands);
  });
});
