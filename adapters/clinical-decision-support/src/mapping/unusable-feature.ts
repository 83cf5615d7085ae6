import type { FeatureBinding } from '../bindings/cds-hooks-binding.js';
import type { Feature } from '../bindings/cds-request.js';
import type { Why } from './read-value.js';
import { CONTEXT } from './resources-of.js';

/**
 * Only what is not there may be replaced by the model. What is there and cannot be understood is refused:
 * the model would answer as if nobody knew.
 */
export function unusableFeature(
  column: string,
  binds: Pick<FeatureBinding, 'from' | 'missing'> & { readonly codes?: FeatureBinding['codes'] | undefined },
  why: Why,
  says: string,
): Extract<Feature, { kind: 'unusable' }> {
  const isAbsent = why === 'absent' || why === 'stale';
  const missing = isAbsent || binds.missing !== 'unknown' ? binds.missing : 'refuse';
  const codes = binds.codes?.map(({ system, code, display }) => `${system}|${code}${display ? ` ${display}` : ''}`);
  const what = codes === undefined ? '' : ` (${codes.join(' or ')})`;
  const where = binds.from === CONTEXT ? 'the context of the hook' : `prefetch key "${binds.from}"`;
  return { kind: 'unusable', column, why, missing, message: `"${column}"${what} from ${where} ${says}.` };
}
