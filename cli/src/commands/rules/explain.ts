import {
  compileRuleBase,
  explain,
  explanationText,
  type InputValues,
  traceEvaluation,
} from '@deephealth/adapter-expressif';
import { DeepHealthError } from '@deephealth/sdk';
import { Command, Option } from 'commander';
import { printJson } from '../../output/print.js';
import { readRecords } from '../../rules/read-records.js';
import { readRulesFile } from '../../rules/read-rules-file.js';
import { integerOption } from '../number-option.js';
import { printNotes } from './print-notes.js';
import { type RangeOption, rangeOption } from './range-option.js';

const HELP = `
Tells which rules decided, by which premises, what each rule contributes to the number, and what holds without
playing a part.

Examples:
  $ deephealth rules explain sepsis.fll patient.json
  $ deephealth rules explain sepsis.fll cohort.csv --record 17 --language fr
  $ deephealth rules explain sepsis.fll patient.json --contrast risk      what would have to change`;

interface Flags extends RangeOption {
  readonly ignore: readonly string[];
  readonly language: 'en' | 'fr';
  readonly record: number;
  readonly contrast: readonly string[];
  readonly json?: boolean;
}

export function createRulesExplain(): Command {
  return new Command('explain')
    .description('Say why a rule base concludes what it does.')
    .argument('<rules>', 'rule base: .fll, .fcl, .fml or .xml')
    .argument('<values>', 'values: .json or .csv')
    .option('--record <number>', 'which record of several, from 1', integerOption(1, 2 ** 31), 1)
    .addOption(new Option('--language <tag>', 'language of the text').choices(['en', 'fr']).default('en'))
    .option('--contrast <outputs...>', 'also say which change of one input would change these outputs', [])
    .option('--ignore <names...>', 'fields of the values that are no inputs, such as an id', [])
    .addOption(rangeOption())
    .option('--json', 'print the tree as JSON')
    .addHelpText('after', HELP)
    .action(async (rules: string, values: string, flags: Flags) => {
      const { knowledgeBase, notes } = await readRulesFile(rules);
      const { records } = await readRecords(values, knowledgeBase, flags.ignore);
      const record: InputValues | undefined = records[flags.record - 1];
      if (record === undefined) {
        throw new DeepHealthError(
          'DH_REQUEST_MALFORMED',
          `There are ${records.length} records, and no record ${flags.record}.`,
          {
            details: { field: 'record' },
          },
        );
      }
      const compiled = compileRuleBase(knowledgeBase, { outOfRange: flags.outOfRange });
      const explanation = explain(compiled, traceEvaluation(compiled, record), {
        contrasts: flags.contrast.map((output) => ({ output })),
      });
      if (flags.json) return printJson(explanation);
      printNotes(notes);
      process.stdout.write(`${explanationText(explanation, flags.language)}\n`);
    });
}
