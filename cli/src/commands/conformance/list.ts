import { loadCases, PROFILES, type Profile, parseSelection, strangers } from '@deephealth/conformance';
import { DeepHealthError } from '@deephealth/sdk';
import { Command } from 'commander';
import { formatTable, printJson } from '../../output/print.js';

interface Options {
  readonly json?: boolean;
  readonly profile?: string;
  readonly only?: string;
}

export function createConformanceList(): Command {
  return new Command('list')
    .description('List the cases.')
    .option('--profile <names>', `only those of these profiles: ${PROFILES.join(', ')}`)
    .option('--only <names>', 'only these cases or areas, such as DH-ERR')
    .option('--json', 'print them as JSON')
    .action(({ json = false, profile, only }: Options) => {
      const cases = chosen(profile, only);
      if (json) return printJson(cases);
      const rows = cases.map(({ id, level, profile: of, slug, requirement, standard = [], provisional }) => [
        id,
        provisional === true ? `${level} (provisional)` : level,
        of,
        slug,
        [...requirement, ...standard].join(' '),
      ]);
      process.stdout.write(`${formatTable(['CASE', 'LEVEL', 'PROFILE', 'WHAT', 'REQUIREMENTS'], rows)}\n`);
    });
}

function chosen(profile: string | undefined, only: string | undefined) {
  const cases = loadCases();
  const profiles = profile?.split(',').map((one) => one.trim());
  const unknown = profiles?.find((one) => !PROFILES.includes(one as Profile));
  if (unknown !== undefined) {
    throw new DeepHealthError('DH_CONFIG_INVALID', `There is no profile "${unknown}". Known: ${PROFILES.join(', ')}.`);
  }
  const names = parseSelection(only);
  const [stranger] = strangers(names ?? [], cases);
  if (stranger !== undefined) {
    throw new DeepHealthError('DH_CONFIG_INVALID', `There is no case and no area "${stranger}".`);
  }
  return cases.filter(
    (one) =>
      (profiles === undefined || profiles.includes(one.profile)) &&
      (names === undefined || names.some((name) => one.id === name || one.id.startsWith(`${name}-`))),
  );
}
