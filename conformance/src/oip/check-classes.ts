import { type RawTensor, tensorValues } from '@deephealth/sdk';
import { numbersOf, type Value } from '../oracle/value.js';
import { TargetFailure } from '../run/case-result.js';

/**
 * Evidence that an output is the `count` best classes of each row, best first, as `value:index` or
 * `value:index:label` (classification extension). Throws TargetFailure.
 */
export function checkClasses(actual: RawTensor, scores: Value, count: number): string {
  const columns = scores.shape.at(-1) ?? 1;
  const rows = scores.elements.length / columns;
  if (actual.dataType !== 'BYTES') throw new TargetFailure(`classes must be BYTES, got ${actual.dataType}`);
  const texts = tensorValues(actual).map((one) => Buffer.from(one as Uint8Array).toString());
  if (texts.length !== rows * count) throw new TargetFailure(`expected ${rows * count} classes, got ${texts.length}`);
  for (let row = 0; row < rows; row++) {
    const values = numbersOf(scores).slice(row * columns, (row + 1) * columns);
    const best = [...values.keys()].sort((a, b) => (values[b] as number) - (values[a] as number)).slice(0, count);
    for (const [place, index] of best.entries()) {
      const shown = texts[row * count + place] as string;
      const [value = '', at = ''] = shown.split(':');
      const isNear = Math.abs(Number(value) - (values[index] as number)) <= 1e-4;
      if (at !== String(index) || value === '' || !isNear) {
        throw new TargetFailure(`class ${place} of row ${row}: expected ${values[index]}:${index}, got "${shown}"`);
      }
    }
  }
  return `${count} classes of each of ${rows} rows`;
}
