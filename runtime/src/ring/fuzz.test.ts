import { canServeRings, RING } from '@deephealth/native';
import type { Manifest, RawTensor, TensorSpec } from '@deephealth/sdk';
import { fuzzParser, fuzzTimeoutMs, mutateBytes } from '@deephealth/sdk/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { alone } from '../host/batching-proof.js';
import type { HostReply, RunItem } from '../host/host-messages.js';
import { SharedInputs } from '../host/shared-inputs.js';
import { SharedResults } from '../host/shared-results.js';
import { RingClient } from './ring-client.js';
import { planRing, type RingPlan } from './ring-plan.js';

const USUAL = 1000;

const X: TensorSpec = { name: 'x', dataType: 'FP32', shape: [-1, 2] };
const OUTPUTS: readonly TensorSpec[] = [
  { name: 'y', dataType: 'FP32', shape: [-1, 2] },
  { name: 'label', dataType: 'INT64', shape: [-1] },
];
const manifest = { onnx: {}, tensors: { inputs: [X], outputs: OUTPUTS }, inputs: [], outputs: [] };
const plan = planRing(manifest as unknown as Manifest, alone('as told')) as RingPlan;

// Of an answer: its fields and tensors, and as many bytes of what follows.
const FIELDS_BYTES = (RING.tensorFields + 2 * RING.fieldsPerTensor) * Float64Array.BYTES_PER_ELEMENT;
const INLINE_BYTES = 128;
const ANSWER_BYTES = FIELDS_BYTES + INLINE_BYTES;
const REQUESTS = 2;

class Refusal extends Error {}

describe.skipIf(!canServeRings())('a broken answer in the ring (skipped where there is no addon)', () => {
  let inputs: SharedInputs;
  let results: SharedResults;
  beforeAll(() => {
    inputs = SharedInputs.open() as SharedInputs;
    results = SharedResults.open() as SharedResults;
  });
  afterAll(() => {
    inputs.close();
    results.close();
  });

  const x: RawTensor = { dataType: 'FP32', shape: [1, 2], data: new Uint8Array(8) };
  const item = (id: number): RunItem => ({
    ...{ id, kind: 'infer', rank: 1, queuedAtUs: 0, deadlineMs: null, alone: false },
    ...{ outputs: ['y', 'label'], tensors: { x } },
  });

  /** What a host would write: first the state words of both slots, then their answers. */
  function soundAnswers(): Buffer {
    const bytes = Buffer.alloc(REQUESTS * (4 + ANSWER_BYTES));
    for (let slot = 0; slot < REQUESTS; slot++) {
      bytes.writeInt32LE((1 << RING.state.generationShift) | RING.state.done, slot * 4);
      const at = REQUESTS * 4 + slot * ANSWER_BYTES;
      const inline = RING.answerSlots + slot * RING.slotBytes + RING.inlineOffset;
      const fields = [RING.status.answered, 1000, 250, 1, OUTPUTS.length, 0, 0, 0];
      const tensors = [
        [1, 2, inline, 8, 1, 2],
        [7, 1, inline + 64, 8, 1],
      ].flatMap((tensor) => [...tensor, ...Array(RING.fieldsPerTensor - tensor.length).fill(0)]);
      for (const [index, value] of [...fields, ...tensors].entries()) bytes.writeDoubleLE(value, at + index * 8);
    }
    return bytes;
  }

  it(
    'is answered to its caller, or ends the host and nothing else',
    async () => {
      const { inputs: count, refused } = await fuzzParser({
        ...{ parser: 'answers in the ring', seed: 1500, usual: USUAL, corpus: [soundAnswers()] },
        mutate: (random, sound) => {
          const broken = mutateBytes(random, sound);
          // Of the right length: memory has no end that could be missing.
          return Buffer.concat([broken, sound.subarray(broken.length)]).subarray(0, sound.length);
        },
        read(bytes) {
          const replies: HostReply[] = [];
          let isBroken = false;
          const ring = new RingClient({
            ...{ plan, inputs, results },
            onReply: (reply) => replies.push(reply),
            onAgain: () => undefined,
            onBroken: () => {
              isBroken = true;
            },
            onLeave: () => undefined,
          });
          for (let id = 0; id < REQUESTS; id++) if (!ring.submit(item(id))) throw new Error('the ring is full');
          const memory = results.segment.memory;
          for (let slot = 0; slot < REQUESTS; slot++) {
            const at = REQUESTS * 4 + slot * ANSWER_BYTES;
            const page = RING.answerSlots + slot * RING.slotBytes;
            memory.set(bytes.subarray(at, at + FIELDS_BYTES), page);
            memory.set(bytes.subarray(at + FIELDS_BYTES, at + ANSWER_BYTES), page + RING.inlineOffset);
          }
          memory.set(bytes.subarray(0, REQUESTS * 4), RING.states);
          ring.onBell();
          ring.reportStarted();
          ring.cancel(0);
          ring.close();
          for (const reply of replies) if (reply.type === 'results') reply.results.forEach(checkNumbers);
          if (isBroken) throw new Refusal('the host is ended');
        },
        isRefusal: (thrown) => thrown instanceof Refusal,
      });
      expect(refused).toBeGreaterThan(count / 10);
      expect(refused).toBeLessThan(count);
    },
    fuzzTimeoutMs(USUAL),
  );
});

/** Whatever the host wrote, what is told on are numbers that can be counted and sent. */
function checkNumbers(result: Extract<HostReply, { type: 'results' }>['results'][number]): void {
  if (result.run === undefined) return;
  const { queueUs, batchSize, timings } = result.run;
  for (const value of [queueUs, batchSize, timings.inferenceUs]) {
    if (!(Number.isFinite(value) && value >= 0)) throw new Error(`${value} is told on`);
  }
}
