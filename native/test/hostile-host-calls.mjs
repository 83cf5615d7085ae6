// Hostile calls of what has no twin: shared memory and the engine. Only descriptors are passed that this
// process has opened for it, or that nobody has.
import { closeSync } from 'node:fs';
import { anyValue } from './hostile-values.mjs';

const NOBODYS_DESCRIPTOR = 2 ** 20;

function withSegment(addon, use) {
  const { fd, memory } = addon.createSegment(4096, true);
  try {
    return use(fd, memory);
  } finally {
    closeSync(fd);
  }
}

/** A descriptor of the segment's, of nobody's, or what is none. */
function descriptor(fd, random) {
  const value = random.pick([() => fd, () => NOBODYS_DESCRIPTOR, () => anyValue(random)])();
  // Numbers that could be somebody's are left out: these functions change what they are given.
  return typeof value === 'number' && value >= 0 && value < NOBODYS_DESCRIPTOR ? fd : value;
}

const some = (random, sound) => (random.next() < 0.5 ? sound : anyValue(random));

const described = (values) =>
  values.map((value) => (typeof value === 'object' ? Object.prototype.toString.call(value) : String(value)));

/** A class: its constructor, and its methods on what is none of its objects or never came to be. */
function hostileClass(name) {
  return (addon, random, note) => {
    const { prototype } = addon[name];
    const args = Array.from({ length: random.integer(0, 4) }, () => anyValue(random));
    const method = random.pick(Object.getOwnPropertyNames(prototype));
    note([method, ...described(args)]);
    if (method === 'constructor') return new addon[name](...args);
    return prototype[method].call(random.pick([{}, Object.create(prototype)]), ...args);
  };
}

/** Names under which OpenSlide may be here, or not. */
const OPEN_SLIDE = ['libopenslide.so.0', 'libopenslide.so.1'];

/** A file that is none, with whatever a slide is asked for; nobody waits for the answer. */
function hostileSlide(addon, random, note) {
  const slide = new addon.SlideFile(random.pick(OPEN_SLIDE), 'no such slide');
  const args = Array.from({ length: random.integer(0, 6) }, () => some(random, random.integer(0, 300)));
  const method = random.pick(['open', 'read', 'close']);
  note([method, ...described(args)]);
  // A promise that is refused would end the process.
  Promise.resolve(slide[method](...args)).catch(() => {});
}

/** @type {Record<string, (addon: any, random: any, note: (how: string[]) => void) => unknown>} */
export const HOST_CALLS = {
  createSegment(addon, random, note) {
    const bytes = random.next() < 0.3 ? random.integer(1, 10_000) : anyValue(random);
    const args = [bytes, some(random, true)];
    note(described(args));
    closeSync(addon.createSegment(...args).fd);
  },
  openSegment: (addon, random, note) =>
    withSegment(addon, (fd) => {
      const args = [descriptor(fd, random), some(random, false)];
      note(described(args));
      return addon.openSegment(...args);
    }),
  reserveSegment: (addon, random, note) =>
    withSegment(addon, (fd) => {
      const args = [descriptor(fd, random), some(random, 0), some(random, 4096)];
      note(described(args));
      return addon.reserveSegment(...args);
    }),
  releaseSegment: (addon, random, note) =>
    withSegment(addon, (fd) => {
      const args = [descriptor(fd, random), some(random, 0), some(random, 4096)];
      note(described(args));
      return addon.releaseSegment(...args);
    }),
  copyBytes(addon, random, note) {
    const place = () => (random.next() < 0.7 ? random.integer(0, 300) : anyValue(random));
    const bytes = () => (random.next() < 0.8 ? new Uint8Array(random.integer(0, 300)) : anyValue(random));
    const args = [bytes(), place(), bytes(), place(), place()];
    note(described(args));
    return addon.copyBytes(...args);
  },
  EngineSession: hostileClass('EngineSession'),
  openSlideVersion(addon, random, note) {
    const args = [some(random, 'libnothing.so.7')];
    note(described(args));
    return addon.openSlideVersion(...args);
  },
  SlideFile(addon, random, note) {
    return (random.next() < 0.5 ? hostileSlide : hostileClass('SlideFile'))(addon, random, note);
  },
  wakeRing(addon, random, note) {
    // Two pages and 512 slots of 4 KiB and more, at any address, or something else altogether.
    const segment = new Uint8Array(2_101_248 + 8).subarray(random.integer(0, 9));
    const args = [random.next() < 0.3 ? segment : anyValue(random)];
    note(described(args));
    return addon.wakeRing(...args);
  },
};
