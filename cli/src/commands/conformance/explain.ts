import { loadCases } from '@deephealth/conformance';
import { contractRequirements } from '@deephealth/proto';
import { DeepHealthError } from '@deephealth/sdk';
import { Command } from 'commander';
import { stringify } from 'yaml';

export function createConformanceExplain(): Command {
  return new Command('explain')
    .description('Say what a case requires, why, and what it does.')
    .argument('<case>', 'its id, such as DH-ERR-004')
    .action((id: string) => {
      const found = loadCases().find((one) => one.id === id.toUpperCase());
      if (found === undefined) {
        throw new DeepHealthError(
          'DH_CONFIG_INVALID',
          `There is no case "${id}". deephealth conformance list names all.`,
        );
      }
      const { slug, level, profile, text, requirement, steps, each, rerun, kills } = found;
      const known = contractRequirements();
      const lines = [
        `${found.id} ${slug}`,
        `${level} · profile ${profile} · since ${found.since}`,
        '',
        text.trim(),
        '',
        ...requirement.map((one) => `${one}: ${known.find((each) => each.id === one)?.text ?? 'not in this contract'}`),
        '',
        ...(each === undefined ? [] : ['Once for each of:', stringify(each)]),
        ...(rerun === undefined ? [] : [`Once for each case of ${rerun.profile}, after its own steps.`, '']),
        'Steps:',
        stringify(steps),
        `Must be failed by: ${kills.join(', ')}`,
      ];
      process.stdout.write(`${lines.join('\n')}\n`);
    });
}
