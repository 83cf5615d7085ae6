import type { HostReply, HostRequest, ItemResult, RunItem, WireError } from '../../host/host-messages.js';
import type { HostExit, HostProcess } from '../../host/host-process.js';

/** How a host ends that is killed from outside. */
export const KILLED: HostExit = { exitCode: null, signal: 'SIGKILL', memoryExceeded: false };

/**
 * A model host without a process. It keeps what it is sent, and does nothing by itself: the test
 * says when items begin, end, or take the host with them.
 */
export class HostDouble {
  readonly pid = 4711;
  /** Items in the order in which they came. */
  readonly items: RunItem[] = [];
  readonly cancelled: number[] = [];
  readonly resumed: number[] = [];
  isKilled = false;
  isClosed = false;
  readonly exited: Promise<void>;
  onReply: (reply: HostReply) => void = () => undefined;
  onExit: (exit: HostExit) => void = () => undefined;
  /** A killed process is gone a moment later; a test that wants to see the moment between turns this off. */
  exitsWhenKilled = true;
  #resolveExited: () => void = () => undefined;
  readonly #answered = new Set<number>();

  constructor() {
    this.exited = new Promise((resolve) => {
      this.#resolveExited = resolve;
    });
  }

  /** As the lane sees it. */
  get process(): HostProcess {
    return this as unknown as HostProcess;
  }

  send(request: HostRequest): void {
    if (request.type === 'run') {
      this.items.push(...request.items);
    } else if (request.type === 'cancel') {
      this.cancelled.push(request.id);
    } else if (request.type === 'resume') {
      this.resumed.push(request.id);
    }
  }

  kill(): void {
    this.isKilled = true;
    if (this.exitsWhenKilled) queueMicrotask(() => this.die());
  }

  close(): void {
    this.isClosed = true;
    this.#resolveExited();
  }

  /** The process is gone. */
  die(exit: HostExit = KILLED): void {
    this.#resolveExited();
    this.onExit(exit);
  }

  /** Items that it holds: neither answered nor lost. */
  get held(): RunItem[] {
    return this.items.filter(({ id }) => !this.#answered.has(id));
  }

  /** The item with this mark in it; the last one if it came more than once. */
  item(mark: string): RunItem {
    const found = this.items.findLast((item) => markOf(item) === mark);
    if (found === undefined) throw new Error(`the host has no item "${mark}"`);
    return found;
  }

  /** Marks of what it holds, in the order in which it came. */
  get marks(): string[] {
    return this.held.map(markOf);
  }

  /** These begin to run, together. */
  start(...marks: string[]): void {
    this.onReply({ type: 'started', ids: marks.map((mark) => this.item(mark).id) });
  }

  /** These end well, in one message. Each result names its item. */
  answer(...marks: string[]): void {
    this.results(...marks.map((mark) => resultOf(this.item(mark), marks.length)));
  }

  fail(mark: string, error: Partial<WireError> = {}): void {
    const { id } = this.item(mark);
    this.results({ id, error: { code: 'DH_MODEL_RUN_FAILED', message: 'No.', details: {}, ...error } });
  }

  results(...results: ItemResult[]): void {
    for (const { id } of results) this.#answered.add(id);
    this.onReply({ type: 'results', results });
  }

  /** Begins and ends these, one after the other. */
  serve(...marks: string[]): void {
    for (const mark of marks) {
      this.start(mark);
      this.answer(mark);
    }
  }
}

/** The one wanted output stands for the item: tests name items by it. */
export function markOf(item: RunItem): string {
  return item.outputs[0] as string;
}

/** A result by which a caller knows that it is its own. */
export function resultOf(item: RunItem, batchSize: number): ItemResult {
  return {
    id: item.id,
    inference: { tensors: [{ name: markOf(item), dataType: 'UINT8', shape: [0], data: new Uint8Array() }] },
    run: { queueUs: 1, timings: { preprocessUs: 1, inferenceUs: 1, postprocessUs: 1 }, batchSize },
  };
}
