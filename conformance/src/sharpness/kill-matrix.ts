import type { Killing } from './killing.js';

/** Which case kills which mutant, as a page of the documentation: runtimes, then adapters, decision support, and slides. */
export function killMatrix(
  killings: readonly Killing[],
  ofAdapters: readonly Killing[] = [],
  ofCds: readonly Killing[] = [],
  ofSlides: readonly Killing[] = [],
): string {
  return [
    '# Kill matrix',
    '',
    '<!-- Written by `deephealth conformance self-test --write`. Do not edit. -->',
    '',
    'Each mutant is the reference runtime with one behaviour changed. Every case that names a mutant must fail it; one that survives is a fault of the suite.',
    '',
    killTable(killings),
    ...(ofAdapters.length === 0
      ? []
      : ['## Adapters', '', 'Each is the reference adapter with one behaviour changed.', '', killTable(ofAdapters)]),
    ...(ofCds.length === 0
      ? []
      : [
          '## Services of CDS Hooks',
          '',
          'Each is the reference service of CDS Hooks with one behaviour changed.',
          '',
          killTable(ofCds),
        ]),
    ...(ofSlides.length === 0
      ? []
      : [
          '## Adapters for slides',
          '',
          'Each is the reference adapter for digital pathology with one behaviour changed.',
          '',
          killTable(ofSlides),
        ]),
  ].join('\n');
}

/** The part of the page that is about some mutants. */
export function killTable(killings: readonly Killing[]): string {
  const rows = killings.map(
    ({ mutant, killedBy, survived }) =>
      `| ${mutant.id} | ${mutant.title} | ${killedBy.join(', ')} | ${survived.length === 0 ? '' : survived.join(', ')} |`,
  );
  return [
    `${killings.length} mutants, ${killings.filter(({ killedBy, survived }) => killedBy.length > 0 && survived.length === 0).length} killed.`,
    '',
    '| mutant | what it does wrong | killed by | survived |',
    '|---|---|---|---|',
    ...rows,
    '',
  ].join('\n');
}
