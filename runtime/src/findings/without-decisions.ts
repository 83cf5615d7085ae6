import type { FindingResult, WarningResult } from './finding-result.js';

/**
 * Findings whose classifications have probabilities but no decision, with a warning for each.
 *
 * @param because a phrase that goes on after "is not decided:"
 */
export function withoutDecisions(
  { findings, warnings }: { readonly findings: readonly FindingResult[]; readonly warnings: readonly WarningResult[] },
  because: string,
): { findings: FindingResult[]; warnings: WarningResult[] } {
  const added: WarningResult[] = [];
  const undecided = findings.map((finding): FindingResult => {
    if (!('classification' in finding)) return finding;
    // One that abstains already has said why.
    if (!finding.classification.abstained) {
      added.push({
        kind: 'WARNING_KIND_ABSTAINED',
        field: finding.name,
        message: `"${finding.name}" is not decided: ${because}.`,
      });
    }
    return { ...finding, classification: { ...finding.classification, decision: [], abstained: true } };
  });
  return { findings: undecided, warnings: [...warnings, ...added] };
}
