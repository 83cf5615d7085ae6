import { describe, expect, it } from 'vitest';
import { parseShellBlock } from '../../scripts/docs/shell-block.mjs';
import { HELPING_COMMANDS } from '../../scripts/troubleshoot-commands.mjs';
import { faultsOfCommand } from './command-faults.js';
import { BLOCKS, placeOf } from './pages.js';

const SHELL = BLOCKS.filter(({ language }) => language === 'sh' || language === 'console');

describe('commands of the documentation, run or not', () => {
  it('are read by a shell, and name programs, subcommands and options that are there', async () => {
    const faults: string[] = [];
    let looked = 0;
    for (const block of SHELL) {
      for (const { command } of parseShellBlock(block.text)) {
        looked += 1;
        for (const fault of await faultsOfCommand(command)) faults.push(`${placeOf(block)} ${fault}`);
      }
    }
    expect(looked).toBeGreaterThan(100);
    expect(faults).toEqual([]);
  }, 60_000);

  it('help with each error code', async () => {
    const faults: string[] = [];
    for (const { command } of HELPING_COMMANDS) faults.push(...(await faultsOfCommand(command)));
    expect(faults).toEqual([]);
  });

  it.each([
    'deephealth serv --models m',
    'deephealth serve --modles m',
    'npx deephealth model suspend x --why y',
    'npm run walks',
    'node scripts/no-such.mjs',
  ])('that is not there is found: %s', async (line) => {
    expect(await faultsOfCommand(line)).toHaveLength(1);
  });
});
