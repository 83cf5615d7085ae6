// Calls every function of the addon with sound and with spoilt arguments, and looks at what comes of it:
// a result that is right, or an exception; nothing written where nothing may be. Run by
// hostile-calls.test.ts, in a process of its own, since a crash is what it looks for.
//   node hostile-calls.mjs <addon> <journal> <seed> <first call> <number of calls>
// The journal is a file that holds the call which is being made.
import { closeSync, openSync, writeSync } from 'node:fs';
import { createRequire } from 'node:module';
import { ADDON_CALLS } from './addon-calls.mjs';
import { copyOf, GuardedArrays, haveSameBits } from './guarded-arrays.mjs';
import { HOST_CALLS } from './hostile-host-calls.mjs';
import { spoil } from './hostile-values.mjs';
import { seededRandom } from './seeded-random.mjs';

const [addonPath, journalPath, seed, first, count] = process.argv.slice(2);
const addon = createRequire(import.meta.url)(addonPath);
const journal = openSync(journalPath, 'w');
const names = [...Object.keys(ADDON_CALLS), ...Object.keys(HOST_CALLS)];

/** Arguments of a size at which a twin would still end, for calls that are let through. */
const isBounded = (args) => args.every((value) => typeof value !== 'number' || Math.abs(value) <= 100_000);

const tally = { refused: 0, right: 0, unchecked: 0, perFunction: {}, slowestMs: 0, slowest: '' };

for (let call = Number(first); call < Number(first) + Number(count); call++) {
  const name = names[call % names.length];
  const random = seededRandom(Math.imul(Number(seed), 1_000_003) + call);
  // One call in five is sound.
  const isSound = random.next() < 0.2;
  const done = Object.hasOwn(ADDON_CALLS, name)
    ? callKernel(name, random, isSound, call)
    : callHost(name, random, call);
  tally[done]++;
  tally.perFunction[name] ??= { refused: 0, right: 0, unchecked: 0 };
  tally.perFunction[name][done]++;
}
closeSync(journal);
process.stdout.write(`${JSON.stringify({ ...tally, exports: Object.keys(addon), names })}\n`);

function note(call, name, how) {
  const line = `call ${call} of seed ${seed}: ${name}, ${how.join(', ') || 'sound'}`;
  writeSync(journal, line.slice(0, 399).padEnd(400), 0);
  return line;
}

function callKernel(name, random, isSound, call) {
  const { arguments: make, writes, twin } = ADDON_CALLS[name];
  const arrays = new GuardedArrays(random);
  const args = make(random, arrays);
  const how = isSound ? [] : spoil(args, random);
  const line = note(call, name, how);
  arrays.remember();
  const copies = args.map((value) => (isTypedArray(value) ? copyOf(value) : value));
  const written = writes.map((at) => args[at]).filter(isTypedArray);
  const started = performance.now();
  const outcome = attempt(() => addon[name](...args));
  const took = performance.now() - started;
  if (took > tally.slowestMs) Object.assign(tally, { slowestMs: took, slowest: line });
  if (arrays.changedOutside(written)) throw new Error(`${line}: memory was written that is none of its outputs`);
  if (outcome.error !== undefined) {
    if (isSound) throw new Error(`${line}: refused`, { cause: outcome.error });
    return 'refused';
  }
  if (!isBounded(args)) return 'unchecked';
  const expected = attempt(() => twin(...copies));
  // What only JavaScript in front of the addon refuses, such as a bound that is NaN, has no twin's result.
  if (expected.error !== undefined) return isSound ? fail(`${line}: its twin refuses`, expected.error) : 'unchecked';
  const isRight = isSame(outcome.value, expected.value) && writes.every((at) => haveSameBits(args[at], copies[at]));
  return isRight ? 'right' : fail(`${line}: another result than its twin's`);
}

function callHost(name, random, call) {
  const outcome = attempt(() => HOST_CALLS[name](addon, random, (how) => note(call, name, how)));
  return outcome.error === undefined ? 'unchecked' : 'refused';
}

function attempt(run) {
  try {
    return { value: run() };
  } catch (error) {
    if (!(error instanceof Error)) throw new TypeError('what was thrown is no Error');
    return { error };
  }
}

function fail(message, cause) {
  throw new Error(message, { cause });
}

function isTypedArray(value) {
  return ArrayBuffer.isView(value) && !(value instanceof DataView);
}

function isSame(a, b) {
  if (Array.isArray(a)) return a.length === b.length && a.every((part, i) => isSame(part, b[i]));
  return isTypedArray(a) ? haveSameBits(a, b) : Object.is(a, b);
}
