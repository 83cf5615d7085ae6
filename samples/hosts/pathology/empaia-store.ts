// What a job of EMPAIA has posted, kept in memory.
import { randomUUID } from 'node:crypto';
import { type Fields, type JobFacts, problemOf } from './empaia-documents.js';

export interface EmpaiaAnswer {
  readonly status: number;
  readonly body?: Fields;
}

const NO_CONTENT: EmpaiaAnswer = { status: 204 };
const refusal = (status: number, detail: string): EmpaiaAnswer => ({ status, body: { detail } });

export class EmpaiaStore {
  /** Last object by key of the output; earlier ones are in `orphans`. */
  readonly outputs = new Map<string, Fields>();
  readonly orphans: Fields[] = [];
  /** Items of a collection by its id. */
  readonly collections = new Map<string, Fields[]>();
  /** Bytes of a tile by "<pixelmap>/<level>/<x>/<y>". */
  readonly tiles = new Map<string, Buffer>();
  readonly progress: number[] = [];
  readonly failures: string[] = [];
  isFinalized = false;
  readonly #facts: JobFacts;
  /** Types of the outputs of the EAD's mode. */
  readonly #expected: Readonly<Record<string, string>>;
  readonly #annotations = new Set<string>();

  constructor(facts: JobFacts, expected: Readonly<Record<string, string>>) {
    this.#facts = facts;
    this.#expected = expected;
  }

  postOutput(key: string, document: Fields): EmpaiaAnswer {
    if (this.#expected[key] !== document.type) return refusal(422, `the EAD has no such output: ${key}`);
    const problem = problemOf(document, this.#facts, this.#annotations);
    if (problem !== undefined) return refusal(422, `${key}: ${problem}`);
    const before = this.outputs.get(key);
    if (before !== undefined) this.orphans.push(before);
    const stored = { ...document, id: randomUUID() };
    this.outputs.set(key, stored);
    if (document.type === 'collection') this.collections.set(stored.id, []);
    return { status: 201, body: stored };
  }

  postItems(collection: string, { items }: { readonly items?: unknown }): EmpaiaAnswer {
    const kept = this.collections.get(collection);
    const owner = [...this.outputs.values(), ...this.orphans].find(({ id }) => id === collection);
    if (kept === undefined || owner === undefined) return refusal(404, 'no such collection');
    if (!Array.isArray(items) || items.length < 1 || items.length > 5000) return refusal(422, 'items');
    for (const item of items as Fields[]) {
      const problem = problemOf(item, this.#facts, this.#annotations);
      if (item.type !== owner.item_type || problem !== undefined) return refusal(422, `item: ${problem ?? 'type'}`);
    }
    const stored = (items as Fields[]).map((item) => ({ ...item, id: randomUUID() }));
    if (owner.item_type === 'polygon') for (const { id } of stored) this.#annotations.add(id);
    kept.push(...stored);
    return { status: 201, body: { item_count: stored.length, items: stored } };
  }

  /** Tiles from a position to another, both included, one row of tiles after another. */
  putTiles(pixelmap: string, level: number, from: readonly number[], to: readonly number[], data: Buffer) {
    const found = [...this.outputs.values()].find(({ id }) => id === pixelmap);
    if (found === undefined) return refusal(404, 'no such pixelmap');
    const side = found.tilesize as number;
    const bytes = side * side * 4 * (found.channel_count as number);
    const stated = (found.levels as Fields[]).find(({ slide_level }) => slide_level === level) as
      | Readonly<Record<string, number>>
      | undefined;
    const [left, top, right, bottom] = [...from, ...to] as [number, number, number, number];
    const isWithin =
      stated !== undefined &&
      left >= (stated.position_min_x as number) &&
      top >= (stated.position_min_y as number) &&
      right <= (stated.position_max_x as number) &&
      bottom <= (stated.position_max_y as number);
    if (!isWithin || right < left || bottom < top) return refusal(422, 'position');
    if (data.length !== bytes * (right - left + 1) * (bottom - top + 1)) return refusal(422, 'not whole tiles');
    let at = 0;
    for (let y = top; y <= bottom; y++) {
      for (let x = left; x <= right; x++) {
        this.tiles.set(`${pixelmap}/${level}/${x}/${y}`, data.subarray(at, at + bytes));
        at += bytes;
      }
    }
    return NO_CONTENT;
  }

  putProgress({ progress }: Fields): EmpaiaAnswer {
    if (typeof progress !== 'number' || progress < 0 || progress > 1) return refusal(422, 'progress');
    this.progress.push(progress);
    return NO_CONTENT;
  }

  putFailure({ user_message: message }: Fields): EmpaiaAnswer {
    if (typeof message !== 'string' || message === '') return refusal(422, 'user_message');
    this.failures.push(message);
    return NO_CONTENT;
  }

  putFinalize(): EmpaiaAnswer {
    const missing = Object.keys(this.#expected).filter((key) => !this.outputs.has(key));
    if (missing.length > 0) return refusal(400, `missing outputs: ${missing.join()}`);
    this.isFinalized = true;
    return NO_CONTENT;
  }
}
