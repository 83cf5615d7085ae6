import { isDeepStrictEqual } from 'node:util';

const SHOWN = 160;

/** Where two plain values first differ, in words for a report; undefined if they do not. */
export function firstDifference(expected: unknown, received: unknown, path = ''): string | undefined {
  if (isDeepStrictEqual(expected, received)) return undefined;
  if (isComposite(expected) && isComposite(received)) {
    for (const key of new Set([...Object.keys(expected), ...Object.keys(received)])) {
      const inside = firstDifference(expected[key], received[key], path === '' ? key : `${path}.${key}`);
      if (inside !== undefined) return inside;
    }
  }
  const place = path === '' ? '' : `${path}: `;
  return `${place}expected ${shown(expected)}, got ${shown(received)}`;
}

function isComposite(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

function shown(value: unknown): string {
  return (JSON.stringify(value) ?? 'nothing').slice(0, SHOWN);
}
