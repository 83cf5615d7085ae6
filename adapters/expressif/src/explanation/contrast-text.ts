import type { Contrast } from './contrast.js';
import type { Explanation } from './explanation.js';
import type { Say } from './say.js';

/** What would change an answer, and how far that was searched for. */
export function contrastLines({ outputs }: Explanation, contrast: Contrast, say: Say): string[] {
  const { output, goal, status, changes, withoutEffect, notVaried } = contrast;
  if (status === 'already' && goal?.kind === 'term') return [say('changeAlready', { output, term: goal.term })];
  if (goal === undefined || status === 'not-known') return [say('changeUnknown', { output })];
  const unit = outputs.find((one) => one.output === output)?.unit;
  return [
    ...(changes.length === 0 ? [say('changeNone', { output })] : []),
    ...changes.map((change) => {
      const { strongest, value } = change.reached;
      return goal.kind === 'threshold' && value !== undefined
        ? say('changeValue', { output, change, value, threshold: goal.threshold, unit })
        : say('changeTerms', { output, change, strongest });
    }),
    ...[...changes, ...withoutEffect].map((searched) => say('searched', searched)),
    ...notVaried.map((input) => say('notVaried', input)),
  ];
}
