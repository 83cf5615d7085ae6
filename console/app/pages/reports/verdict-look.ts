import type { Tone } from '../../shell/badge.js';
import type { IconName } from '../../shell/icon.js';

/** How a verdict looks. Only a whole run says that a target is conformant: a selection without failures does not. */
export function verdictLook(verdict: string, failed: number): readonly [Tone, IconName] {
  if (failed > 0 || verdict === 'not-conformant') return ['bad', 'cross'];
  return verdict === 'conformant' ? ['good', 'check'] : ['warn', 'dash'];
}
