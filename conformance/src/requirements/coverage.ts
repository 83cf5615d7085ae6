import type { Requirement } from '@deephealth/proto';
import { parse } from 'yaml';
import type { ConformanceCase } from '../cases/case-types.js';

/** Requirements that no case can judge, with the reason. */
export type Ineligible = Readonly<Record<string, string>>;

export function parseIneligible(yaml: string): Ineligible {
  return (parse(yaml) ?? {}) as Ineligible;
}

/** What is wrong with the coverage: a requirement that nothing covers, a reason that is none, a case of an unknown one. */
export function coverageFaults(
  requirements: readonly Requirement[],
  cases: readonly ConformanceCase[],
  ineligible: Ineligible,
): string[] {
  const known = new Set(requirements.map(({ id }) => id));
  const covered = new Set(cases.flatMap(({ requirement }) => requirement));
  return [
    ...requirements
      .filter(({ id }) => !covered.has(id) && ineligible[id] === undefined)
      .map(({ id }) => `${id} has no case, and no reason in requirements/ineligible.yaml`),
    ...Object.keys(ineligible).flatMap((id) => {
      if (!known.has(id)) return [`${id} in requirements/ineligible.yaml is no requirement of the contract`];
      return covered.has(id) ? [`${id} is in requirements/ineligible.yaml, and has a case`] : [];
    }),
    ...cases.flatMap(({ id, requirement }) =>
      requirement.filter((one) => !known.has(one)).map((one) => `${id} names ${one}, which the contract does not hold`),
    ),
  ];
}

/** docs/conformance/coverage.md: which case judges which requirement of the contract. */
export function coverageTable(
  requirements: readonly Requirement[],
  cases: readonly ConformanceCase[],
  ineligible: Ineligible,
): string {
  const rows = requirements.map(({ id, text }) => {
    const judging = cases.filter(({ requirement }) => requirement.includes(id)).map((one) => one.id);
    const by = judging.length > 0 ? judging.join(', ') : `not judged: ${ineligible[id] ?? '?'}`;
    return `| ${id} | ${inCell(text)} | ${by} |`;
  });
  const covered = requirements.filter(({ id }) => cases.some(({ requirement }) => requirement.includes(id))).length;
  return [
    '# Coverage of the contract',
    '',
    '<!-- Written by conformance/bin/write-requirements.mjs. Do not edit. -->',
    '',
    `${covered} of ${requirements.length} requirements are judged, by ${cases.length} cases. The requirements stand in the comments of \`proto/proto/deephealth/*/v1/*.proto\`.`,
    '',
    '| requirement | text | judged by |',
    '|---|---|---|',
    ...rows,
    '',
  ].join('\n');
}

/** A bar would end the cell. */
function inCell(text: string): string {
  return text.replaceAll('|', '\\|');
}
