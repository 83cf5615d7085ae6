// What no caller should pass, and ways to spoil the arguments of a sound call.

const NUMBER_LIKE = [
  ...[Number.NaN, Infinity, -Infinity, -1, -0, 0, 0.5, 1, 2, 3, 255, 256, 65_536, 2 ** 20, 2 ** 25, 2 ** 31 - 1],
  ...[2 ** 31, 2 ** 32, 2 ** 40, 2 ** 52, 2 ** 53, -(2 ** 31), -(2 ** 63), 2 ** 64, 1e308, 5e-324],
];

const TYPES = [
  ...[Int8Array, Uint8Array, Uint8ClampedArray, Int16Array, Uint16Array, Int32Array, Uint32Array],
  ...[Float32Array, Float64Array, BigInt64Array, BigUint64Array],
];

class Refusal extends Error {}

function refuse() {
  throw new Refusal('a getter was called');
}

/** Looks like an array of floats to whoever asks, and throws. */
function throwingArray() {
  const array = new Float32Array(8);
  for (const name of ['length', 'buffer', 'byteOffset', 'constructor', Symbol.iterator]) {
    Object.defineProperty(array, name, { get: refuse });
  }
  return array;
}

const OTHERS = [
  () => undefined,
  () => null,
  () => true,
  () => false,
  () => '',
  () => '7',
  () => '\ud800',
  () => Symbol('hostile'),
  () => 7n,
  () => ({}),
  () => [],
  () => [1, 2, 3],
  () => new Array(2 ** 32 - 1),
  () => refuse,
  () => new Date(Number.NaN),
  () => new Proxy(new Float32Array(4), { get: refuse, getPrototypeOf: refuse }),
  () => Object.create(Float32Array.prototype),
  () => new DataView(new ArrayBuffer(16), 3),
  () => new ArrayBuffer(16),
  () => new SharedArrayBuffer(16),
  () => ({ valueOf: refuse, toString: refuse, [Symbol.toPrimitive]: refuse }),
  () => Object.defineProperty([1, 2], 0, { get: refuse }),
  throwingArray,
];

/** Any value at all. */
export function anyValue(random) {
  const kind = random.next();
  if (kind < 0.4) return random.pick(NUMBER_LIKE);
  if (kind < 0.8) return random.pick(OTHERS)();
  return new (random.pick(TYPES))(random.integer(0, 70));
}

function detached(array) {
  structuredClone(array.buffer, { transfer: [array.buffer] });
  return array;
}

/** A view whose buffer has shrunk away from under it. */
function outOfBounds(array) {
  const { BYTES_PER_ELEMENT: size, length } = array;
  const buffer = new ArrayBuffer(64 + length * size, { maxByteLength: 128 + length * size });
  const view = new array.constructor(buffer, 64, length);
  buffer.resize(32);
  return view;
}

/** A view that follows the length of its buffer, which has grown since. */
function lengthTracking(array) {
  const buffer = new ArrayBuffer(array.byteLength, { maxByteLength: 2 * array.byteLength + 64 });
  const view = new array.constructor(buffer);
  buffer.resize(array.byteLength + array.BYTES_PER_ELEMENT * 4);
  return view;
}

function shared(array) {
  const copy = new array.constructor(new SharedArrayBuffer(array.byteLength + 16), 8, array.length);
  copy.set(array);
  return copy;
}

function retyped(array, random) {
  const Type = random.pick(TYPES);
  if (random.next() < 0.5) return new Type(array.length);
  return new Type(Math.floor(array.byteLength / Type.BYTES_PER_ELEMENT));
}

/** As many elements on memory that another argument uses, as far as that has the room. */
function overlapping(array, random, args) {
  const other = random.pick(args.filter((value) => ArrayBuffer.isView(value) && value.buffer instanceof ArrayBuffer));
  const size = array.BYTES_PER_ELEMENT;
  const first = Math.ceil(other.byteOffset / size) * size + random.integer(0, 2) * size;
  if (first + array.byteLength > other.buffer.byteLength) return array;
  return new array.constructor(other.buffer, first, array.length);
}

const HARD_FLOATS = [
  Number.NaN,
  Infinity,
  -Infinity,
  -0,
  5e-324,
  1e-40,
  3.5e38,
  1.7e308,
  -1.7e308,
  2 ** 31,
  -(2 ** 63),
];

function withHardElements(array, random) {
  const isBig = array instanceof BigInt64Array || array instanceof BigUint64Array;
  for (let i = 0; i < array.length; i++) {
    if (random.next() < 0.3) array[i] = isBig ? -1n : random.next() < 0.5 ? random.pick(HARD_FLOATS) : -(2 ** 31) + 1;
  }
  return array;
}

const SPOILT_ARRAYS = {
  'shorter by one': (array) => array.subarray(0, Math.max(0, array.length - 1)),
  'longer by one': (array) => new array.constructor(array.length + 1),
  empty: (array) => array.subarray(0, 0),
  'from its second element': (array) => array.subarray(1),
  detached,
  'out of bounds': outOfBounds,
  'length-tracking': lengthTracking,
  shared,
  retyped,
  'hard elements': withHardElements,
  overlapping,
};

function spoilOne(args, at, random) {
  const value = args[at];
  if (ArrayBuffer.isView(value) && 'BYTES_PER_ELEMENT' in value && random.next() < 0.75) {
    const name = random.pick(Object.keys(SPOILT_ARRAYS));
    try {
      return [name, SPOILT_ARRAYS[name](value, random, args)];
    } catch {
      // An array that has been spoilt already may not allow more.
      return ['as it is', value];
    }
  }
  if (typeof value === 'number' && random.next() < 0.7) {
    const near = random.pick([value + 1, value - 1, 2 * value, -value, value + 0.5, random.pick(NUMBER_LIKE)]);
    return [`${near}`, near];
  }
  return ['any value', anyValue(random)];
}

/** Spoils arguments in place; says what was done. */
export function spoil(args, random) {
  const kind = random.next();
  if (kind < 0.05) {
    args.length = random.integer(0, Math.max(0, args.length - 1));
    return [`only ${args.length} arguments`];
  }
  if (kind < 0.08) {
    args.push(...Array.from({ length: random.integer(1, 20) }, () => anyValue(random)));
    return [`${args.length} arguments`];
  }
  if (kind < 0.13 && args.length > 1) {
    const [a, b] = [random.integer(0, args.length - 1), random.integer(0, args.length - 1)];
    [args[a], args[b]] = [args[b], args[a]];
    return [`arguments ${a} and ${b} exchanged`];
  }
  return Array.from({ length: random.integer(1, 3) }, () => {
    const at = random.integer(0, args.length - 1);
    const [how, value] = spoilOne(args, at, random);
    args[at] = value;
    return `argument ${at} ${how}`;
  });
}
