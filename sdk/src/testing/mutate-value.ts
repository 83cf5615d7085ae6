import { mutateBytes } from './mutate-bytes.js';

type Container = Record<string | number, unknown>;

/** Values that readers of a notation trip over, of every type. */
const VALUES: readonly (() => unknown)[] = [
  ...[null, true, false, 0, -1, 0.5, 2 ** 31, 2 ** 53, -(2 ** 63), 1e308, '', 'x', '\u0000', '__proto__', '../x'].map(
    (value) => () => value,
  ),
  () => 'x'.repeat(300),
  () => [],
  () => ({}),
  () => [[[[]]]],
  () => ({ ['__proto__']: { x: 1 }, constructor: null }),
];

/**
 * A copy of a value (of JSON, or of a message with byte arrays in it) with one to four things wrong: parts
 * left out, doubled, called otherwise, put in the place of others or replaced by what is no such value;
 * numbers and texts changed. The same `random` gives the same copy.
 *
 * @param random from 0 to below 1
 */
export function mutateValue<T>(random: () => number, value: T): T {
  const root: Container = { value: structuredClone(value) };
  const below = (limit: number) => Math.floor(random() * limit);
  for (let changes = 1 + below(4); changes > 0; changes--) {
    const places = placesIn(root);
    const [holder, key] = places[below(places.length)] as Place;
    const found = holder[key];
    switch (below(8)) {
      case 0:
        if (Array.isArray(holder)) holder.splice(Number(key), 1);
        else delete holder[key];
        break;
      case 1:
        if (Array.isArray(holder)) holder.splice(Number(key), 0, structuredClone(found));
        else holder[`${key}${below(10)}`] = structuredClone(found);
        break;
      case 2: {
        const [other, name] = places[below(places.length)] as Place;
        holder[key] = structuredClone(other[name]);
        break;
      }
      case 3:
        holder[key] = (VALUES[below(VALUES.length)] as () => unknown)();
        break;
      default:
        holder[key] = changed(random, found);
    }
    if (!('value' in root)) root.value = {};
  }
  return root.value as T;
}

/** The bytes of a JSON text, changed as a value or, of one in four, as bytes. */
export function mutateJson(random: () => number, text: Uint8Array): Buffer {
  if (random() < 0.25) return mutateBytes(random, text);
  return Buffer.from(JSON.stringify(mutateValue(random, JSON.parse(Buffer.from(text).toString()))) ?? '');
}

type Place = readonly [holder: Container, key: string | number];

function placesIn(holder: Container): Place[] {
  return Object.keys(holder).flatMap((key) => {
    const value = holder[key];
    const isContainer = typeof value === 'object' && value !== null && !ArrayBuffer.isView(value);
    return [[holder, key] as Place, ...(isContainer ? placesIn(value as Container) : [])];
  });
}

/** Another value of the same type. */
function changed(random: () => number, value: unknown): unknown {
  if (typeof value === 'boolean') return !value;
  if (typeof value === 'string') return mutateBytes(random, Buffer.from(value)).toString();
  if (value instanceof Uint8Array) return mutateBytes(random, value);
  if (typeof value !== 'number') return value;
  const factors = [-1, 0, 0.5, 2, 1e6, 1e300];
  return random() < 0.5
    ? value + Math.floor(random() * 5) - 2
    : value * (factors[Math.floor(random() * factors.length)] as number);
}
