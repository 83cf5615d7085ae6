import { type LintFinding, lintKnowledgeBase } from '@deephealth/adapter-expressif';
import { Command } from 'commander';
import { EXIT } from '../../exit-codes.js';
import { wholePlainText } from '../../output/plain-text.js';
import { printJson } from '../../output/print.js';
import { withProgress } from '../../output/progress.js';
import { readRulesFile } from '../../rules/read-rules-file.js';
import { printNotes } from './print-notes.js';

const HELP = `
Looks for gaps that no term or rule covers, rules that contradict or repeat others, terms and rules that play no
part, and outputs that cannot reach what their range promises.
Exit code 1 if there is an error among the findings; with --strict, a warning counts, too.

Examples:
  $ deephealth rules lint sepsis.fll
  $ deephealth rules lint sepsis.fcl --json`;

export function createRulesLint(setExitCode: (code: number) => void): Command {
  return new Command('lint')
    .description('Find what is probably not meant in a rule base.')
    .argument('<rules>', 'rule base: .fll, .fcl, .fml or .xml')
    .option('--strict', 'a warning is a failure, too')
    .option('--json', 'print the findings as JSON')
    .addHelpText('after', HELP)
    .action(async (rules: string, { strict = false, json = false }: { strict?: boolean; json?: boolean }) => {
      const { knowledgeBase, notes } = await readRulesFile(rules);
      const findings = await withProgress('looking at the rules', json, async () => lintKnowledgeBase(knowledgeBase));
      const isFailure = ({ severity }: LintFinding) => severity === 'error' || (strict && severity === 'warning');
      if (findings.some(isFailure)) setExitCode(EXIT.refused);
      if (json) return printJson(findings);
      printNotes(notes);
      for (const { severity, code, message } of findings) {
        process.stdout.write(`${severity} ${code}: ${wholePlainText(message)}\n`);
      }
      const count = (severity: LintFinding['severity']) => findings.filter((one) => one.severity === severity).length;
      process.stdout.write(`${count('error')} errors, ${count('warning')} warnings, ${count('note')} notes\n`);
    });
}
