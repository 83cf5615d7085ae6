import { writeFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { writeKnowledgeBase } from '@deephealth/adapter-expressif';
import { DeepHealthError } from '@deephealth/sdk';
import { Command } from 'commander';
import { formatOfFile, readRulesFile } from '../../rules/read-rules-file.js';
import { printNotes } from './print-notes.js';

const HELP = `
What the other format cannot say without meaning something else is refused; what it says in another way, or what
is lost without changing a result, is told as a note.

Examples:
  $ deephealth rules convert sepsis.fcl sepsis.fll
  $ deephealth rules convert sepsis.fll sepsis.fml`;

export function createRulesConvert(): Command {
  return new Command('convert')
    .description('Write a rule base in another format: FuzzyLite, IEC 61131-7 FCL, IEEE 1855 FML.')
    .argument('<rules>', 'rule base: .fll, .fcl, .fml or .xml')
    .argument('<out>', 'file to write: .fll, .fcl, .fml or .xml')
    .option('--force', 'write over a file that is there')
    .addHelpText('after', HELP)
    .action(async (rules: string, out: string, { force = false }: { force?: boolean }) => {
      const format = formatOfFile(basename(out));
      const { knowledgeBase, notes } = await readRulesFile(rules);
      const written = writeKnowledgeBase(knowledgeBase, format);
      await writeFile(out, written.text, { flag: force ? 'w' : 'wx' }).catch((cause: NodeJS.ErrnoException) => {
        const isThere = cause.code === 'EEXIST';
        throw new DeepHealthError(
          isThere ? 'DH_OUTPUT_EXISTS' : 'DH_OUTPUT_NOT_WRITTEN',
          isThere
            ? `"${basename(out)}" is there already. Name another file, or add --force.`
            : `"${basename(out)}" cannot be written.`,
          { cause },
        );
      });
      printNotes([...notes, ...written.notes]);
      process.stdout.write(
        `${knowledgeBase.ruleBlocks.flatMap((block) => block.rules).length} rules written to ${out}\n`,
      );
    });
}
