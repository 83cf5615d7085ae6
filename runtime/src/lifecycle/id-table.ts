const LEAST_CAPACITY = 16;
const NO_ID = -1;

/**
 * What is under way, by a number: a Map for requests that come and go by the thousand. A Map that has
 * grown old moves to a new table every few hundred insertions, and each table that was left behind
 * refers to the next one (V8, ordered-hash-table): the collector then takes all that has passed through for
 * alive, and copies it to the old generation. Here there is one table, with linear probing
 * and deletion by shifting back (Knuth, TAOCP 6.4, algorithm R).
 */
export class IdTable<T> {
  #ids: number[] = emptyIds(LEAST_CAPACITY);
  #values: (T | undefined)[] = Array<T | undefined>(LEAST_CAPACITY).fill(undefined);
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** @param id an integer from 0 on */
  get(id: number): T | undefined {
    const at = this.#find(id);
    return this.#ids[at] === id ? this.#values[at] : undefined;
  }

  has(id: number): boolean {
    return this.#ids[this.#find(id)] === id;
  }

  set(id: number, value: T): void {
    let at = this.#find(id);
    if (this.#ids[at] !== id) {
      if (this.#size * 2 >= this.#ids.length) {
        this.#grow();
        at = this.#find(id);
      }
      this.#ids[at] = id;
      this.#size += 1;
    }
    this.#values[at] = value;
  }

  /** True if it was there. */
  delete(id: number): boolean {
    const mask = this.#ids.length - 1;
    let hole = this.#find(id);
    if (this.#ids[hole] !== id) return false;
    for (let at = (hole + 1) & mask; this.#ids[at] !== NO_ID; at = (at + 1) & mask) {
      const home = homeOf(this.#ids[at] as number, mask);
      // One whose home lies behind the hole would no longer be found from there.
      if (((at - home) & mask) < ((at - hole) & mask)) continue;
      this.#ids[hole] = this.#ids[at] as number;
      this.#values[hole] = this.#values[at];
      hole = at;
    }
    this.#ids[hole] = NO_ID;
    this.#values[hole] = undefined;
    this.#size -= 1;
    return true;
  }

  clear(): void {
    this.#ids.fill(NO_ID);
    this.#values.fill(undefined);
    this.#size = 0;
  }

  /** In the order of their numbers. A copy: the table may change meanwhile. */
  values(): T[] {
    const places: number[] = [];
    for (let at = 0; at < this.#ids.length; at++) {
      if (this.#ids[at] !== NO_ID) places.push(at);
    }
    places.sort((a, b) => (this.#ids[a] as number) - (this.#ids[b] as number));
    return places.map((at) => this.#values[at] as T);
  }

  /** Where the number is, or the place where it would be. */
  #find(id: number): number {
    const mask = this.#ids.length - 1;
    let at = homeOf(id, mask);
    while (this.#ids[at] !== id && this.#ids[at] !== NO_ID) at = (at + 1) & mask;
    return at;
  }

  #grow(): void {
    const [ids, values] = [this.#ids, this.#values];
    this.#ids = emptyIds(ids.length * 2);
    this.#values = Array<T | undefined>(ids.length * 2).fill(undefined);
    ids.forEach((id, from) => {
      if (id === NO_ID) return;
      const at = this.#find(id);
      this.#ids[at] = id;
      this.#values[at] = values[from];
    });
  }
}

function homeOf(id: number, mask: number): number {
  return (id >>> 0) & mask;
}

function emptyIds(capacity: number): number[] {
  return Array<number>(capacity).fill(NO_ID);
}
