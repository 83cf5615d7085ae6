import { RING, wakeRing } from '@deephealth/native';
import {
  type DataTypeName,
  DeepHealthError,
  ELEMENT_SIZE_BYTES,
  elementCount,
  type RawTensor,
  type TensorSpec,
  toOnnxElementType,
} from '@deephealth/sdk';
import { toFindings } from '../findings/to-findings.js';
import type { HostReply, ItemResult, PredictionResult, RunFacts, RunItem } from '../host/host-messages.js';
import { digestInputs } from '../host/input-digest.js';
import { monotonicUs } from '../host/monotonic-clock.js';
import type { SharedInputs } from '../host/shared-inputs.js';
import type { SharedResults } from '../host/shared-results.js';
import type { SlabRegion } from '../host/slot-allocator.js';
import { toWireError } from '../host/wire-error.js';
import { IdTable } from '../lifecycle/id-table.js';
import { RingMemory } from './ring-memory.js';
import { type RingItem, type RingPlan, toRingItem } from './ring-plan.js';

export interface RingClientOptions {
  readonly plan: RingPlan;
  readonly inputs: SharedInputs;
  readonly results: SharedResults;
  onReply(reply: HostReply): void;
  /** Items that need the ordinary way: something about them is not as declared, or too large. */
  onAgain(items: readonly RunItem[]): void;
  /** What the host says makes no sense: it is not to be trusted any more. */
  onBroken(): void;
  /** The callers of a request that runs have left. */
  onLeave(slot: number, generation: number): void;
}

interface Entry {
  readonly item: RunItem;
  readonly outputs: readonly number[];
  readonly slot: number;
  readonly generation: number;
  readonly regions: readonly SlabRegion[];
  isReported: boolean;
}

// How soon at the latest the lane hears that a run has begun, which its time limit counts from, and of an
// answer whose bell was put off.
const LOOK_INTERVAL_MS = 20;
const NO_REGIONS: SlabRegion[] = [];

/**
 * The server's end of the ring of one host: items whose inputs are tensors as the graph takes them go
 * straight from here to the thread of the engine and back, past the host's JavaScript. Everything
 * else about them, above all what a refusal says, is left to the ordinary way.
 */
export class RingClient {
  readonly #options: RingClientOptions;
  readonly #memory: RingMemory;
  readonly #free: number[] = [];
  readonly #generations = new Int32Array(RING.slots);
  readonly #bySlot: (Entry | undefined)[] = [];
  readonly #byId = new IdTable<Entry>();
  #order = 0;
  #isNew = false;
  #isOpen = true;
  #look: NodeJS.Timeout | undefined;

  constructor(options: RingClientOptions) {
    this.#options = options;
    this.#memory = new RingMemory(options.inputs.segment, options.results.segment);
    this.#memory.awaitAnswers();
  }

  /** Takes an item if it is one for the ring and there is room; `flush` sends it off. */
  submit(item: RunItem): boolean {
    const { plan } = this.#options;
    const ringItem = this.#isOpen ? toRingItem(plan, item) : undefined;
    if (ringItem === undefined) return false;
    const slot = this.#free.pop() ?? this.#memory.addSlot();
    if (slot === undefined) return false;
    const regions = this.#writeInputs(slot, ringItem);
    if (regions === undefined) {
      this.#free.push(slot);
      return false;
    }
    const { feeds, wanted, mayShare } = ringItem;
    const deadlineMs = item.deadlineMs ?? Number.POSITIVE_INFINITY;
    this.#memory.writeHead(slot, this.#order++, deadlineMs, item.rank, mayShare, feeds.length, wanted.mask);
    const generation = ((this.#generations[slot] as number) + 1) & RING.state.maxGeneration;
    this.#generations[slot] = generation;
    const entry = { item, outputs: wanted.indices, slot, generation, regions, isReported: false };
    this.#bySlot[slot] = entry;
    this.#byId.set(item.id, entry);
    this.#memory.submit(slot, generation);
    this.#isNew = true;
    return true;
  }

  /** Tells the host of what was submitted. */
  flush(): void {
    if (!this.#isNew) return;
    this.#isNew = false;
    if (this.#memory.announce(this.#byId.size)) wakeRing(this.#options.inputs.segment.memory);
    this.#look ??= setInterval(() => this.#lookAround(), LOOK_INTERVAL_MS).unref();
  }

  has(id: number): boolean {
    return this.#byId.has(id);
  }

  /** The caller has left: an item that has not begun is answered at once; a run is stopped if it can be. */
  cancel(id: number): void {
    const entry = this.#byId.get(id);
    if (entry === undefined) return;
    if (this.#memory.revoke(entry.slot, entry.generation)) {
      this.#release(entry);
      const error = toWireError(new DeepHealthError('DH_CANCELLED', 'The caller cancelled the call.'));
      // Not before the caller of this has done what it is about to do.
      process.nextTick(() => this.#options.onReply({ type: 'results', results: [{ id, error }] }));
      return;
    }
    this.reportStarted();
    this.#options.onLeave(entry.slot, entry.generation);
  }

  /** What no bell tells: runs that have begun, and answers whose bell waits for those of further ones. */
  #lookAround(): void {
    this.onBell();
    if (this.#isOpen) this.reportStarted();
  }

  /** Tells of runs that have begun since the last look. */
  reportStarted(): void {
    if (this.#byId.size === 0) {
      clearInterval(this.#look);
      this.#look = undefined;
      return;
    }
    const runs = new Map<number, number[]>();
    for (const entry of this.#byId.values()) {
      if (entry.isReported) continue;
      if (this.#memory.state(entry.slot, entry.generation) !== RING.state.running) continue;
      const startedAtUs = this.#memory.answerField(entry.slot, RING.answer.startedAtUs);
      // It has been taken, and waits for its turn.
      if (startedAtUs === 0) continue;
      entry.isReported = true;
      const run = runs.get(startedAtUs);
      if (run === undefined) runs.set(startedAtUs, [entry.item.id]);
      else run.push(entry.item.id);
    }
    for (const ids of runs.values()) this.#options.onReply({ type: 'started', ids });
  }

  /** The bell has rung: hands on every answer that is there, and asks for the next bell. */
  onBell(): void {
    let seen: number;
    do {
      seen = this.#memory.completed;
      this.#drain();
      this.#memory.awaitAnswers();
      // One that came before the bell was asked for rings none.
    } while (this.#isOpen && this.#memory.completed !== seen);
  }

  #drain(): void {
    const runs: { readonly startedAtUs: number; readonly results: ItemResult[] }[] = [];
    const again: RunItem[] = [];
    try {
      for (let slot = this.#memory.nextDone(0); slot >= 0; slot = this.#memory.nextDone(slot + 1)) {
        const entry = this.#bySlot[slot];
        if (entry === undefined) throw new RangeError('an answer in the ring makes no sense');
        const status = this.#memory.answerField(slot, RING.answer.status);
        const startedAtUs = this.#memory.answerNumber(slot, RING.answer.startedAtUs);
        const result = status === RING.status.again ? undefined : this.#result(entry, status, startedAtUs);
        this.#release(entry);
        if (result === undefined) {
          again.push(entry.item);
          continue;
        }
        // Those of one run mostly lie side by side.
        const last = runs.at(-1);
        const run = last?.startedAtUs === startedAtUs ? last : runs.find((other) => other.startedAtUs === startedAtUs);
        if (run === undefined) runs.push({ startedAtUs, results: [result] });
        else run.results.push(result);
      }
    } catch {
      this.#options.onBroken();
    }
    // In the order in which they ran, which is not that of their slots.
    if (runs.length > 1) runs.sort((a, b) => a.startedAtUs - b.startedAtUs);
    for (const { results } of runs) this.#options.onReply({ type: 'results', results });
    if (again.length > 0 && this.#isOpen) this.#options.onAgain(again);
  }

  /** Of a host that is gone: what it had answered is handed on, and what it was at is told. */
  close(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    clearInterval(this.#look);
    this.#drain();
    this.reportStarted();
    for (const { slot } of this.#byId.values()) this.#memory.forget(slot);
    this.#byId.clear();
    this.#bySlot.length = 0;
  }

  /** Regions of inputs that lie outside of the slot; undefined if there is no room for one. */
  #writeInputs(slot: number, { feeds }: RingItem): SlabRegion[] | undefined {
    const { inputs } = this.#options;
    let regions: SlabRegion[] = NO_REGIONS;
    let inlineAt: number = RING.inlineOffset;
    for (let place = 0; place < feeds.length; place++) {
      const tensor = feeds[place] as RawTensor;
      const next = this.#memory.writeInline(slot, place, place, tensor, inlineAt);
      if (next !== undefined) {
        inlineAt = next;
        continue;
      }
      const region = inputs.write(tensor.data);
      if (region === undefined) {
        for (const taken of regions) inputs.free(taken);
        return undefined;
      }
      regions = [...regions, region];
      this.#memory.writeTensor(slot, place, place, tensor.shape, region.offset, region.bytes);
    }
    return regions;
  }

  #result(entry: Entry, status: number, startedAtUs: number): ItemResult {
    const { item } = entry;
    const { id } = item;
    if (status === RING.status.expired) {
      const error = new DeepHealthError('DH_DEADLINE_EXCEEDED', 'The deadline passed before the result was there.');
      return { id, error: toWireError(error) };
    }
    if (status === RING.status.terminated) {
      return { id, error: toWireError(new DeepHealthError('DH_CANCELLED', 'The caller cancelled the call.')) };
    }
    if (status !== RING.status.answered) throw new RangeError('an answer in the ring makes no sense');
    const tensors = this.#readTensors(entry);
    if (item.kind === 'infer') {
      const run = this.#facts(entry, startedAtUs, 0);
      return { id, inference: { tensors: inOrderOf(item.outputs, tensors) }, run };
    }
    const { manifest } = this.#options.plan;
    if (manifest === undefined) throw new RangeError('an answer in the ring makes no sense');
    const inputSha256 = digestInputs(item.inputs);
    const beganUs = monotonicUs();
    try {
      const byName = new Map(tensors.map((tensor) => [tensor.name, tensor]));
      const prediction = toFindings(manifest, byName, item.outputs) as unknown as PredictionResult;
      return { id, prediction, run: this.#facts(entry, startedAtUs, monotonicUs() - beganUs, inputSha256) };
    } catch (thrown) {
      const run = this.#facts(entry, startedAtUs, monotonicUs() - beganUs, inputSha256);
      return { id, error: toWireError(thrown), run };
    }
  }

  #facts({ item, slot }: Entry, startedAtUs: number, postprocessUs: number, inputSha256?: string): RunFacts {
    const inferenceUs = this.#memory.answerNumber(slot, RING.answer.inferenceUs);
    const facts: RunFacts = {
      queueUs: Math.max(0, startedAtUs - item.queuedAtUs),
      timings: { preprocessUs: 0, inferenceUs, postprocessUs },
      batchSize: this.#memory.answerNumber(slot, RING.answer.batchSize),
    };
    return inputSha256 === undefined ? facts : { inputSha256, ...facts };
  }

  #readTensors({ slot, outputs }: Entry): (RawTensor & { readonly name: string })[] {
    if (this.#memory.answerField(slot, RING.answer.outputCount) !== outputs.length) {
      throw new RangeError('an answer in the ring makes no sense');
    }
    return outputs.map((index, place) => {
      const { name, dataType } = this.#options.plan.outputs[index] as TensorSpec;
      const part = this.#memory.answerPart(slot, place);
      const size = ELEMENT_SIZE_BYTES[dataType as DataTypeName] as number;
      if (part.elementType !== toOnnxElementType(dataType) || part.bytes !== elementCount(part.shape) * size) {
        throw new RangeError('an answer in the ring makes no sense');
      }
      const data = this.#memory.copyInline(slot, part) ?? this.#options.results.take(part);
      return { name, dataType, shape: part.shape, data };
    });
  }

  #release({ item, slot, regions }: Entry): void {
    this.#byId.delete(item.id);
    this.#bySlot[slot] = undefined;
    this.#memory.forget(slot);
    this.#free.push(slot);
    for (const region of regions) this.#options.inputs.free(region);
  }
}

/** Tensors in the order in which they were asked for. */
function inOrderOf<T extends { readonly name: string }>(names: readonly string[], tensors: readonly T[]): readonly T[] {
  if (names.length <= 1) return tensors;
  return names.map((name) => tensors.find((tensor) => tensor.name === name) as T);
}
