import { readFile, writeFile } from 'node:fs/promises';
import { basename } from 'node:path';
import {
  compileRuleBase,
  explain,
  explanationText,
  renderRulePage,
  traceEvaluation,
} from '@deephealth/adapter-expressif';
import { DeepHealthError, sha256 } from '@deephealth/sdk';
import { Command, Option } from 'commander';
import { readRecords } from '../../rules/read-records.js';
import { readRulesFile } from '../../rules/read-rules-file.js';
import { integerOption } from '../number-option.js';
import { printNotes } from './print-notes.js';

const HELP = `
One HTML file that loads nothing: the terms of every variable, how outputs follow inputs, every rule, and what the
lint finds; with values, also what they give and why. To try values out, serve the rules with a model:
deephealth serve --adapter expressif.

Examples:
  $ deephealth rules page sepsis.fll sepsis.html
  $ deephealth rules page sepsis.fll patient.html --values patient.json --language fr`;

interface Flags {
  readonly values?: string;
  readonly record: number;
  readonly ignore: readonly string[];
  readonly language: 'en' | 'fr';
  readonly force?: boolean;
}

export function createRulesPage(): Command {
  return new Command('page')
    .description('Write a rule base as a page with plots.')
    .argument('<rules>', 'rule base: .fll, .fcl, .fml or .xml')
    .argument('<out.html>', 'file to write')
    .option('--values <file>', 'values to show it with: .json or .csv')
    .option('--record <number>', 'which record of several, from 1', integerOption(1, 2 ** 31), 1)
    .option('--ignore <names...>', 'fields of the values that are no inputs, such as an id', [])
    .addOption(new Option('--language <tag>', 'language of the page').choices(['en', 'fr']).default('en'))
    .option('--force', 'write over a file that is there')
    .addHelpText('after', HELP)
    .action(async (rules: string, out: string, { values, record, ignore, language, force = false }: Flags) => {
      const { knowledgeBase, notes } = await readRulesFile(rules);
      const shown = values === undefined ? {} : await withValues(values);
      const html = renderRulePage(knowledgeBase, {
        ...{ version: basename(rules), digest: `sha256:${sha256(await readFile(rules))}`, language },
        ...shown,
      });
      await writeFile(out, html, { flag: force ? 'w' : 'wx' }).catch((cause: NodeJS.ErrnoException) => {
        const file = basename(out);
        throw cause.code === 'EEXIST'
          ? new DeepHealthError('DH_OUTPUT_EXISTS', `"${file}" is there already. Name another file, or add --force.`, {
              cause,
            })
          : new DeepHealthError('DH_OUTPUT_NOT_WRITTEN', `"${file}" cannot be written.`, { cause });
      });
      printNotes(notes);
      process.stdout.write(`written to ${out}\n`);

      async function withValues(file: string) {
        const { records } = await readRecords(file, knowledgeBase, ignore);
        const inputs = records[record - 1];
        if (inputs === undefined) {
          throw new DeepHealthError(
            'DH_REQUEST_MALFORMED',
            `There are ${records.length} records, and no record ${record}.`,
            {
              details: { field: 'record' },
            },
          );
        }
        const compiled = compileRuleBase(knowledgeBase);
        const trace = traceEvaluation(compiled, inputs);
        const text = explanationText(explain(compiled, trace), language);
        return { inputs, evaluation: trace.evaluation, explanationText: text };
      }
    });
}
