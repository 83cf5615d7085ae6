import { Command } from 'commander';
import { createRulesConvert } from './convert.js';
import { createRulesExplain } from './explain.js';
import { createRulesLint } from './lint.js';
import { createRulesPage } from './page.js';
import { createRulesRun } from './run.js';

export function createRulesCommand(setExitCode: (code: number) => void): Command {
  const command = new Command('rules').description(
    'Fuzzy rule bases (.fll, .fcl, .fml): run them, check them, convert them, and say why they conclude what they do.',
  );
  for (const part of [
    createRulesRun(),
    createRulesExplain(),
    createRulesLint(setExitCode),
    createRulesConvert(),
    createRulesPage(),
  ]) {
    command.addCommand(part.exitOverride());
  }
  return command;
}
