import type { runtimeV1 } from '@deephealth/proto';
import { DeepHealthError } from '@deephealth/sdk';
import type { Feature } from '../bindings/cds-request.js';
import { periodOf } from './time-span.js';

/**
 * A row of features as the input of a model: each value with its unit, code and time. A value that the model
 * is to replace goes as missing. Throws DH_CDS_DATA_MISSING if one is there for which no row may be made, so
 * that a caller that forgot to look never gets an answer about it.
 */
export function toTable(input: string, features: readonly Feature[]): runtimeV1.NamedInput {
  return { name: input, table: { values: features.map(toValue) } };
}

function toValue(feature: Feature): runtimeV1.TableValue {
  const name = feature.column;
  if (feature.kind === 'unusable') {
    if (feature.missing !== 'unknown') {
      throw new DeepHealthError('DH_CDS_DATA_MISSING', feature.message, {
        details: { column: feature.column, why: feature.why },
      });
    }
    return { name, missing: 'MISSING_REASON_UNKNOWN' };
  }
  const { value, unit, code, at } = feature;
  const time = at === undefined ? undefined : toTimestamp(at);
  return {
    name,
    ...(typeof value === 'number' ? { number: value, unit: unit ?? '' } : {}),
    ...(typeof value === 'string' ? { category: value } : {}),
    ...(typeof value === 'boolean' ? { boolean: value } : {}),
    ...(code === undefined ? {} : { code: { ...code } }),
    ...(time === undefined ? {} : { time }),
  };
}

/** Start of what the text names: a day has no instant of its own. */
function toTimestamp(text: string): { seconds: string; nanos: number } | undefined {
  const span = periodOf(text);
  if (span === undefined) return undefined;
  const seconds = Math.floor(span.fromMs / 1000);
  return { seconds: String(seconds), nanos: (span.fromMs - seconds * 1000) * 1_000_000 };
}
