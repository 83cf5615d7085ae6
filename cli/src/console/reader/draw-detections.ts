import type { Drawing } from '@deephealth/console';
import type { runtimeV1 } from '@deephealth/proto';

const MOST_ROWS = 500;

/** Detections as a table: label, score, and the bounds along each axis. */
export function drawDetections({ items }: runtimeV1.Detections__Output): Drawing {
  const range = (from: readonly number[], to: readonly number[]) =>
    from.map((lower, axis) => `${short(lower)} to ${short(to[axis] ?? lower)}`).join(', ');
  return {
    kind: 'table',
    columns: ['label', 'score', 'bounds'],
    rows: items.slice(0, MOST_ROWS).map(({ label, score, lower, upper }) => [label, score, range(lower, upper)]),
  };
}

function short(value: number): string {
  return Number(value.toPrecision(6)).toString();
}
