import { parse } from 'yaml';
import type { ConformanceCase } from '../cases/case-types.js';

/** A requirement of a public standard, in words of ours. */
export interface StandardRequirement {
  readonly level: 'SHALL' | 'SHALL NOT' | 'SHOULD' | 'SHOULD NOT' | 'MAY';
  readonly text: string;
  /** Why no case judges it. */
  readonly unjudged?: string;
}

/** By public id. */
export type Standard = Readonly<Record<string, StandardRequirement>>;

export function parseStandard(yaml: string): Standard {
  return (parse(yaml) ?? {}) as Standard;
}

/** What is wrong: a requirement that nothing covers, a reason that is none, a case of an unknown one. */
export function standardFaults(standard: Standard, cases: readonly ConformanceCase[]): string[] {
  const covered = new Set(cases.flatMap(({ standard: named = [] }) => named));
  return [
    ...Object.entries(standard).flatMap(([id, { unjudged }]) => {
      if (covered.has(id)) return unjudged === undefined ? [] : [`${id} has a case, and a reason why it has none`];
      return unjudged === undefined ? [`${id} has no case, and no reason why`] : [];
    }),
    ...[...covered]
      .filter((id) => standard[id] === undefined)
      .map((id) => `a case names ${id}, which is not in the list`),
  ];
}

/** A page of the documentation: which case judges which requirement. */
export function standardPage(title: string, standard: Standard, cases: readonly ConformanceCase[]): string {
  const judging = (id: string) => cases.filter((one) => one.standard?.includes(id)).map((one) => one.id);
  const rows = Object.entries(standard).map(([id, { level, text, unjudged }]) => {
    const by = judging(id);
    return `| ${id} | ${level} | ${text.replaceAll('|', '\\|')} | ${by.length > 0 ? by.join(', ') : `not judged: ${unjudged ?? '?'}`} |`;
  });
  const demanded = Object.entries(standard).filter(([, { level }]) => level.startsWith('SHALL'));
  const judged = demanded.filter(([id]) => judging(id).length > 0);
  const others = cases.filter((one) => one.standard === undefined);
  return [
    `# Coverage of ${title}`,
    '',
    '<!-- Written by conformance/bin/write-requirements.mjs. Do not edit. -->',
    '',
    `${judged.length} of ${demanded.length} requirements of a service at SHALL and SHALL NOT are judged, by ${cases.length} cases of profile \`cds\`. The words are ours; the ids are those of the public list that \`conformance/requirements/cds-hooks-2.0.yaml\` names.`,
    '',
    '| requirement | level | text | judged by |',
    '|---|---|---|---|',
    ...rows,
    '',
    '## Beyond the list',
    '',
    'These rest on something else than a row of the list: what a number must be to be shown, best practices of CDS Hooks, or what docs/conformance/adapter.md says.',
    '',
    '| case | level | text | rests on |',
    '|---|---|---|---|',
    ...others.map(
      ({ id, level, text, source = '' }) => `| ${id} | ${level} | ${text.trim().replaceAll('|', '\\|')} | ${source} |`,
    ),
    '',
  ].join('\n');
}
