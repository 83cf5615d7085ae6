/**
 * Numbers of nodes that wait to be evaluated, each once, the lowest first: a binary heap. Since a node's number is
 * greater than those of its parts, the order is that of a full evaluation.
 */
export class StaleNodes {
  readonly #heap: number[] = [];
  readonly #members = new Set<number>();

  add(node: number): void {
    if (this.#members.has(node)) return;
    this.#members.add(node);
    const heap = this.#heap;
    let at = heap.push(node) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if ((heap[parent] as number) <= node) break;
      heap[at] = heap[parent] as number;
      at = parent;
    }
    heap[at] = node;
  }

  /** Takes out the lowest where it is below an end. */
  takeBelow(end: number): number | undefined {
    const heap = this.#heap;
    const lowest = heap[0];
    if (lowest === undefined || lowest >= end) return undefined;
    this.#members.delete(lowest);
    const last = heap.pop() as number;
    if (heap.length > 0) this.#sink(last);
    return lowest;
  }

  #sink(node: number): void {
    const heap = this.#heap;
    let at = 0;
    for (let child = 1; child < heap.length; child = 2 * at + 1) {
      if (child + 1 < heap.length && (heap[child + 1] as number) < (heap[child] as number)) child += 1;
      if ((heap[child] as number) >= node) break;
      heap[at] = heap[child] as number;
      at = child;
    }
    heap[at] = node;
  }
}
