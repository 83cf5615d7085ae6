import type { Killing } from './killing.js';

/** The mutants of one reference beside that of runtimes. */
export interface KillSection {
  readonly title: string;
  /** What each mutant is, in one sentence. */
  readonly about: string;
  readonly killings: readonly Killing[];
}

/** Headings of the page, with what each mutant under them is. */
export const KILL_SECTIONS = {
  adapters: { title: 'Adapters', about: 'Each is the reference adapter with one behaviour changed.' },
  cds: {
    title: 'Services of CDS Hooks',
    about: 'Each is the reference service of CDS Hooks with one behaviour changed.',
  },
  slides: {
    title: 'Adapters for slides',
    about: 'Each is the reference adapter for digital pathology with one behaviour changed.',
  },
  rules: {
    title: 'Adapters for rule bases',
    about: 'Each is the reference adapter for rule bases with one behaviour changed.',
  },
  chains: {
    title: 'Services of processing chains',
    about: 'Each is the reference service of processing chains with one behaviour changed.',
  },
} as const;

/** Which case kills which mutant, as a page of the documentation: runtimes, then the others. */
export function killMatrix(killings: readonly Killing[], sections: readonly KillSection[] = []): string {
  return [
    '# Kill matrix',
    '',
    '<!-- Written by `deephealth conformance self-test --write`. Do not edit. -->',
    '',
    'Each mutant is the reference runtime with one behaviour changed. Every case that names a mutant must fail it; one that survives is a fault of the suite.',
    '',
    killTable(killings),
    ...sections.flatMap((one) => [`## ${one.title}`, '', one.about, '', killTable(one.killings)]),
  ].join('\n');
}

/** The part of the page that is about some mutants. */
export function killTable(killings: readonly Killing[]): string {
  return [
    killCount(killings.length, killings.filter(isKilled).length),
    '',
    '| mutant | what it does wrong | killed by | survived |',
    '|---|---|---|---|',
    ...killings.map(killRow),
    '',
  ].join('\n');
}

/** The line above a table. */
export function killCount(mutants: number, killed: number): string {
  return `${mutants} mutants, ${killed} killed.`;
}

/** The line of one mutant in its table. */
export function killRow({ mutant, killedBy, survived }: Killing): string {
  return `| ${mutant.id} | ${mutant.title} | ${killedBy.join(', ')} | ${survived.join(', ')} |`;
}

const isKilled = ({ killedBy, survived }: Killing): boolean => killedBy.length > 0 && survived.length === 0;
