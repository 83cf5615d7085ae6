import {
  ADAPTER_MUTANTS,
  CDS_MUTANTS,
  EXPRESSIF_MUTANTS,
  loadCases,
  MUTANTS,
  PIAF_MUTANTS,
  WSI_MUTANTS,
} from '@deephealth/conformance';
import { contractRequirements } from '@deephealth/proto';
import { DeepHealthError } from '@deephealth/sdk';
import { Command } from 'commander';
import { stringify } from 'yaml';

const NEEDS = {
  launched: 'a target that the suite starts itself (the command after --)',
  harness: 'a harness that steers the target',
  http: 'an address of its HTTP face (--http-target)',
} as const;

const ALL_MUTANTS = [
  ...MUTANTS,
  ...ADAPTER_MUTANTS,
  ...CDS_MUTANTS,
  ...WSI_MUTANTS,
  ...EXPRESSIF_MUTANTS,
  ...PIAF_MUTANTS,
];
/** Commands that run a case, by its profile. */
const ALONE: Readonly<Record<string, string>> = {
  'adapter-common': 'deephealth conformance adapter --only <case> -- <command>',
  cds: 'deephealth conformance adapter --platform clinical-decision-support --only <case> -- <command>',
  'digital-pathology': 'deephealth conformance adapter --platform digital-pathology --only <case> -- <command>',
  expressif: 'deephealth conformance adapter --platform expressif --only <case> -- <command>',
  'processing-chain': 'deephealth conformance adapter --platform piaf --only <case> -- <command>',
};
const ALONE_ELSE = 'deephealth conformance runtime --only <case> --trace --target <host:port>';

export function createConformanceExplain(): Command {
  return new Command('explain')
    .description('Say what a case requires, why, what it does, and how to run it alone.')
    .argument('<case>', 'its id, such as DH-ERR-004')
    .action((id: string) => {
      const found = loadCases().find((one) => one.id === id.toUpperCase());
      if (found === undefined) {
        throw new DeepHealthError(
          'DH_CONFIG_INVALID',
          `There is no case "${id}". deephealth conformance list names all.`,
        );
      }
      const {
        slug,
        level,
        profile,
        text,
        requirement,
        standard = [],
        source,
        steps,
        each,
        rerun,
        kills,
        needs = [],
        requires = [],
        provisional,
      } = found;
      const known = contractRequirements();
      const mutants = kills.map((one) =>
        `  ${one} ${ALL_MUTANTS.find((mutant) => mutant.id === one)?.title ?? ''}`.trimEnd(),
      );
      const lines = [
        `${found.id} ${slug}`,
        `${level} · profile ${profile} · since ${found.since}${provisional === true ? ' · provisional: shown, not counted yet' : ''}`,
        '',
        text.trim(),
        '',
        ...(standard.length === 0 ? [] : [`Standard: ${standard.join(', ')}`]),
        ...(source === undefined ? [] : [`Source: ${source}`]),
        requirement.length === 0 && source === undefined && standard.length === 0
          ? 'Why: no numbered requirement of the contract; the text above stands for itself.'
          : requirement.length === 0
            ? ''
            : 'Why, in the words of the contract:',
        ...requirement.map(
          (one) => `  ${one}: ${known.find((other) => other.id === one)?.text ?? 'not in this contract'}`,
        ),
        '',
        ...requires.map((feature) => `Only for a target that names the feature "${feature}".`),
        ...needs.map((need) => `Only with ${NEEDS[need]}; else it does not apply.`),
        ...(requires.length + needs.length > 0 ? [''] : []),
        ...(each === undefined ? [] : ['Once for each of:', stringify(each)]),
        ...(rerun === undefined ? [] : [`Once for each case of ${rerun.profile}, after its own steps.`, '']),
        'Steps:',
        stringify(steps),
        'Alone, with all that is sent and got:',
        `  ${(ALONE[profile] ?? ALONE_ELSE).replace('<case>', found.id)}`,
        '',
        `Must be failed by: ${kills.join(', ') || 'no mutant'}`,
        ...mutants,
      ];
      process.stdout.write(`${lines.join('\n')}\n`);
    });
}
