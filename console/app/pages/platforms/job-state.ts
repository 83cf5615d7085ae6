import type { Tone } from '../../shell/badge.js';
import type { IconName } from '../../shell/icon.js';

/** How a state of a run looks, by the words of GA4GH WES and of OGC API Processes alike. */
export function jobLook(state: string): readonly [Tone, IconName] {
  const word = state.toUpperCase();
  if (/COMPLETE|SUCCESS/.test(word)) return ['good', 'check'];
  if (/ERROR|FAIL/.test(word)) return ['bad', 'cross'];
  if (/CANCEL|DISMISS/.test(word)) return ['quiet', 'dash'];
  return ['busy', 'wait'];
}

export const isJobRunning = (state: string): boolean => jobLook(state)[0] === 'busy';

/** A state as it is read: `EXECUTOR_ERROR` as "Executor error". */
export function jobWords(state: string): string {
  const words = state.replaceAll('_', ' ').toLowerCase();
  return words.charAt(0).toUpperCase() + words.slice(1);
}
