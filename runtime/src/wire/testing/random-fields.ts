import { seededRandom } from '@deephealth/sdk/testing';

const CHARACTERS = [...'aZ09-_é漢😀 '];

/** Field values for messages of tests, the same for the same seed. */
export class RandomFields {
  /** From 0 to below 1. */
  readonly random: () => number;

  constructor(seed: number) {
    this.random = seededRandom(seed);
  }

  integer(limit: number): number {
    return Math.floor(this.random() * limit);
  }

  pick<T>(...values: readonly T[]): T {
    return values[this.integer(values.length)] as T;
  }

  /** Fewer than `limit` characters, of one to four bytes. */
  text(limit = 40): string {
    return Array.from({ length: this.integer(limit) }, () => this.pick(...CHARACTERS)).join('');
  }

  bytes(): Buffer {
    return Buffer.from(Array.from({ length: this.integer(300) }, () => this.integer(256)));
  }

  /** Fewer than `limit`, mostly none or one. */
  some<T>(make: () => T, limit = 4): T[] {
    return Array.from({ length: this.integer(limit) }, make);
  }

  /** Of a tensor, up to what takes six bytes. */
  extent(): number {
    return this.pick(0, 1, 30, 127, 128, 300, 2 ** 31, 2 ** 40);
  }
}

/** Stands for the general codec where nothing may be left to it. */
export function neverGeneral(): never {
  throw new Error('left to the general codec');
}
