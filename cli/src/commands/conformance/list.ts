import { loadCases } from '@deephealth/conformance';
import { Command } from 'commander';
import { formatTable, printJson } from '../../output/print.js';

export function createConformanceList(): Command {
  return new Command('list')
    .description('List all cases.')
    .option('--json', 'print them as JSON')
    .action(({ json = false }: { json?: boolean }) => {
      const cases = loadCases();
      if (json) return printJson(cases);
      const rows = cases.map(({ id, level, profile, slug, requirement }) => [
        id,
        level,
        profile,
        slug,
        requirement.join(' '),
      ]);
      process.stdout.write(`${formatTable(['CASE', 'LEVEL', 'PROFILE', 'WHAT', 'REQUIREMENTS'], rows)}\n`);
    });
}
