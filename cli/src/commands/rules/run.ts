import { writeFile } from 'node:fs/promises';
import {
  createEngine,
  type Evaluation,
  evaluateBatch,
  type InputValues,
  type KnowledgeBase,
} from '@deephealth/adapter-expressif';
import { Command } from 'commander';
import { countProgress } from '../../output/count-progress.js';
import { plainText } from '../../output/plain-text.js';
import { formatTable, printJson } from '../../output/print.js';
import { evaluationJson, outputText } from '../../rules/evaluation-json.js';
import { readRecords } from '../../rules/read-records.js';
import { readRulesFile } from '../../rules/read-rules-file.js';
import { integerOption } from '../number-option.js';
import { printNotes } from './print-notes.js';
import { type RangeOption, rangeOption } from './range-option.js';

const HELP = `
Values: .json, {"lactate": 2.5, "map": 70} or a list of such, null for a missing value;
        .csv with a header line, an empty field for a missing value.
A missing value, one that is no number or lies outside the range of its input makes what depends on it
indeterminate; the reason is told, and no number.

Examples:
  $ deephealth rules run sepsis.fll patient.json
  $ deephealth rules run sepsis.fll cohort.csv --ignore patient_id --out results.csv`;

interface Flags extends RangeOption {
  readonly ignore: readonly string[];
  readonly workers?: number;
  readonly out?: string;
  readonly json?: boolean;
}

export function createRulesRun(): Command {
  return new Command('run')
    .description('Run a rule base on values.')
    .argument('<rules>', 'rule base: .fll, .fcl, .fml or .xml')
    .argument('<values>', 'values: .json or .csv')
    .option('--ignore <names...>', 'fields of the values that are no inputs, such as an id', [])
    .addOption(rangeOption())
    .option('--workers <number>', 'threads for many records (default: one a core)', integerOption(1, 256))
    .option('--out <file.csv>', 'write a line for each record there')
    .option('--json', 'print everything as JSON')
    .addHelpText('after', HELP)
    .action(async (rules: string, values: string, flags: Flags) => {
      const { knowledgeBase, notes } = await readRulesFile(rules);
      const { records, isSingle } = await readRecords(values, knowledgeBase, flags.ignore);
      const evaluations = isSingle
        ? [createEngine(knowledgeBase, { outOfRange: flags.outOfRange }).evaluate(records[0] as InputValues)]
        : await runAll(knowledgeBase, records, flags);
      if (flags.out !== undefined) await writeFile(flags.out, toCsv(knowledgeBase, evaluations));
      if (flags.json)
        return printJson(isSingle ? evaluationJson(evaluations[0] as Evaluation) : evaluations.map(evaluationJson));
      printNotes(notes);
      if (isSingle) printOne(evaluations[0] as Evaluation);
      else if (flags.out === undefined) process.stdout.write(toCsv(knowledgeBase, evaluations));
      else process.stdout.write(`${evaluations.length} records, written to ${flags.out}\n`);
    });
}

async function runAll(
  knowledgeBase: KnowledgeBase,
  records: readonly InputValues[],
  flags: Flags,
): Promise<Evaluation[]> {
  const progress = countProgress('records', records.length, flags.json ?? false);
  try {
    return [
      ...(await evaluateBatch(knowledgeBase, records, {
        outOfRange: flags.outOfRange,
        onProgress: ({ done }) => progress.update(done),
        ...(flags.workers === undefined ? {} : { workers: flags.workers }),
      })),
    ];
  } finally {
    progress.end();
  }
}

function printOne({ outputs, rules, clamped }: Evaluation): void {
  const rows = [...outputs.values()].map((output) => [
    plainText(output.name),
    outputText(output),
    [...output.degrees].map(([term, degree]) => `${plainText(term)} ${degree.toFixed(3)}`).join(', '),
  ]);
  process.stdout.write(`${formatTable(['OUTPUT', 'VALUE', 'CONCLUDED'], rows)}\n`);
  const fired = rules.filter((one) => one.fired).map(({ rule, degree }) => `${plainText(rule)} (${degree.toFixed(3)})`);
  process.stdout.write(`\nrules that fired: ${fired.length === 0 ? 'none' : fired.join(', ')}\n`);
  if (clamped.length > 0) process.stdout.write(`moved into their range: ${clamped.map(plainText).join(', ')}\n`);
}

/** A value and its status for each output; an indeterminate value is an empty field with its reason beside it. */
function toCsv({ outputs }: KnowledgeBase, evaluations: readonly Evaluation[]): string {
  const quote = (text: string) => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
  const names = outputs.map(({ name }) => name);
  const head = ['record', ...names.flatMap((name) => [name, `${name}_status`])];
  const lines = evaluations.map(({ outputs: found }, index) => [
    String(index + 1),
    ...names.flatMap((name) => {
      const output = found.get(name);
      if (output?.status === 'determinate') return [String(output.value), output.source];
      return ['', output === undefined ? '' : outputText(output)];
    }),
  ]);
  return `${[head, ...lines].map((fields) => fields.map(quote).join(',')).join('\n')}\n`;
}
