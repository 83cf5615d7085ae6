import { float32Text } from '../float32-text.js';
import { mapStripes } from '../map-stripes.js';
import { classColour } from '../picture/colour-scale.js';
import { featureId } from './feature-id.js';
import type { FeatureSource } from './feature-source.js';

/**
 * A tile of QuPath for each cell that was examined, with its probabilities as measurements, row by row. Its
 * class is the most probable of those that reach their threshold.
 *
 * An id is made of the place of the cell in the grid: it stays the same if others are left out.
 */
export async function* tileFeatures(source: FeatureSource): AsyncGenerator<string[]> {
  const { map, offset, thresholds, signal } = source;
  const { grid, channels, provenance } = map;
  const names = channels.map(({ label }) => JSON.stringify(label));
  const classes = channels.map(
    ({ label }, at) => `"classification":${JSON.stringify({ name: label, color: classColour(at) })},`,
  );
  for await (const { first, count, values } of mapStripes(map, signal)) {
    for (let row = 0; row < count; row++) {
      const top = grid.y + (first + row) * grid.cellHeight - offset[1];
      const bottom = top + grid.cellHeight;
      const portion: string[] = [];
      for (let column = 0; column < grid.columns; column++) {
        const cell = channels.map((_, at) => values[(at * count + row) * grid.columns + column] as number);
        if (cell.every(Number.isNaN)) continue;
        const left = grid.x + column * grid.cellWidth - offset[0];
        const right = left + grid.cellWidth;
        const id = featureId(provenance.planSha256, 'tile', (first + row) * grid.columns + column);
        const ring = `[[${left},${top}],[${right},${top}],[${right},${bottom}],[${left},${bottom}],[${left},${top}]]`;
        const measured = cell.flatMap((value, at) =>
          Number.isNaN(value) ? [] : [`${names[at]}:${float32Text(value)}`],
        );
        portion.push(
          `{"type":"Feature","id":"${id}","geometry":{"type":"Polygon","coordinates":[${ring}]},` +
            `"properties":{"objectType":"tile",${classes[decidedClass(cell, thresholds)] ?? ''}"measurements":{${measured.join(',')}}}}`,
        );
      }
      yield portion;
    }
  }
}

/** Place of the most probable class that reaches its threshold; -1 for none. */
function decidedClass(cell: readonly number[], thresholds: FeatureSource['thresholds']): number {
  return cell.reduce((best, value, at) => {
    const threshold = thresholds[at];
    if (threshold === undefined || !(value >= Math.fround(threshold))) return best;
    return best < 0 || value > (cell[best] as number) ? at : best;
  }, -1);
}
