import { DeepHealthError, type Manifest, type RawTensor, sha256 } from '@deephealth/sdk';
import { describe, expect, it } from 'vitest';
import { monotonicMs } from '../lifecycle/deadline-clock.js';
import { alone, type BatchingProof } from './batching-proof.js';
import type { HostReply, ItemResult, RunItem } from './host-messages.js';
import { digestInputs } from './input-digest.js';
import { ItemHost } from './item-host.js';
import { LoadedModel } from './loaded-model.js';
import { monotonicUs } from './monotonic-clock.js';
import { pairs, rowsOf, SessionDouble, tensorOf } from './testing/session-double.js';

const batched: BatchingProof = { provenSize: 4, servedSizes: [1, 2, 4], itemShapes: { x: [2] }, gain: 2, reason: '' };

function manifestOf(more: Partial<Manifest> = {}): Manifest {
  return {
    schemaVersion: 1,
    name: 'double',
    version: '1',
    title: 'Double',
    intendedUse: 'Tests.',
    limitations: ['It computes nothing.'],
    license: 'Apache-2.0',
    researchUseOnly: true,
    onnx: { file: 'model.onnx', sha256: sha256('') },
    tensors: { inputs: [pairs('x')], outputs: [pairs('y')] },
    inputs: [{ name: 'x', kind: 'tensor', feeds: 'x' }],
    outputs: [{ name: 'y', kind: 'tensor', from: 'y' }],
    ...more,
  };
}

/** A host's inside over a double of the session, with what it says. */
class HostFixture {
  readonly replies: HostReply[] = [];
  readonly host: ItemHost;

  constructor(
    readonly session = new SessionDouble(),
    batching = alone('test'),
    manifest = manifestOf(),
  ) {
    this.host = new ItemHost(new LoadedModel(manifest, session), batching, true, (reply) => this.replies.push(reply));
  }

  /** Takes an item of these rows as a tensor client's, or as one of the contract. */
  take(id: number, rows: readonly (readonly number[])[], more: Partial<RunItem> = {}): Promise<void> {
    const tensor = tensorOf(rows);
    const common = { id, rank: 1, queuedAtUs: monotonicUs(), deadlineMs: null, alone: false, outputs: ['y'] };
    return this.host.take({ ...common, kind: 'infer', tensors: { x: tensor }, ...more } as RunItem);
  }

  results(): ItemResult[] {
    return this.replies.flatMap((reply) => (reply.type === 'results' ? reply.results : []));
  }

  result(id: number): ItemResult | undefined {
    return this.results().find((result) => result.id === id);
  }

  rows(id: number): number[][] | undefined {
    const result = this.result(id);
    return result !== undefined && 'inference' in result ? rowsOf(result.inference.tensors[0] as RawTensor) : undefined;
  }

  errorCode(id: number): string | undefined {
    const result = this.result(id);
    return result !== undefined && 'error' in result ? result.error.code : undefined;
  }
}

async function settle(): Promise<void> {
  for (let i = 0; i < 6; i++) await new Promise((resolve) => setImmediate(resolve));
}

describe('a model host', () => {
  it('says that items begin before it says what they gave', async () => {
    const fixture = new HostFixture();
    await fixture.take(7, [[1, 2]]);
    await settle();
    expect(fixture.replies.map(({ type }) => type)).toEqual(['started', 'results']);
    expect(fixture.replies[0]).toEqual({ type: 'started', ids: [7] });
    expect(fixture.rows(7)).toEqual([[1, 2]]);
  });

  it('answers those that came together in one message, each with its own rows and the size of the run', async () => {
    const fixture = new HostFixture(new SessionDouble(), batched);
    await Promise.all([1, 2, 3, 4].map((id) => fixture.take(id, [[id, -id]])));
    await settle();
    expect(fixture.session.sizes).toEqual([4]);
    expect(fixture.replies).toHaveLength(2);
    for (const id of [1, 2, 3, 4]) {
      expect(fixture.rows(id)).toEqual([[id, -id]]);
      expect(fixture.result(id)?.run?.batchSize).toBe(4);
    }
  });

  it('measures wait, preparation and run, and digests the inputs of the contract', async () => {
    const fixture = new HostFixture();
    const inputs = { x: { kind: 'tensor' as const, ...tensorOf([[1, 2]]) } };
    await fixture.take(1, [[1, 2]], { kind: 'predict', inputs, queuedAtUs: monotonicUs() - 5000 } as Partial<RunItem>);
    await fixture.take(2, [[1, 2]]);
    await settle();
    const run = fixture.result(1)?.run;
    expect(run?.inputSha256).toBe(digestInputs(inputs));
    expect(run?.queueUs).toBeGreaterThan(1000);
    for (const time of Object.values(run?.timings ?? {})) expect(time).toBeGreaterThanOrEqual(0);
    expect(fixture.result(2)?.run).not.toHaveProperty('inputSha256');
  });

  it('refuses an item that does not fit the model, and no other one', async () => {
    const fixture = new HostFixture(new SessionDouble(), batched);
    await Promise.all([
      fixture.take(1, [[1, 2]]),
      fixture.take(2, [[1, 2, 3]]),
      fixture.take(3, [[Number.NaN, 1]]),
      fixture.take(4, [[4, 4]]),
    ]);
    await settle();
    expect([2, 3].map((id) => fixture.errorCode(id))).toEqual(['DH_TENSOR_SHAPE_MISMATCH', 'DH_VALUE_NOT_FINITE']);
    expect([1, 4].map((id) => fixture.rows(id))).toEqual([[[1, 2]], [[4, 4]]]);
    // What it never began, it never says that it has begun.
    expect(fixture.replies.flatMap((reply) => (reply.type === 'started' ? reply.ids : []))).toEqual([1, 4]);
  });

  it('refuses what does not look like training data from tensor clients too, row by row', async () => {
    const limits = [{ statistic: 'mean', range: [0, 1] }] as const;
    const inputs: Manifest['inputs'] = [
      { name: 'x', kind: 'tensor', feeds: 'x', distribution: { onOutside: 'refuse', source: 'A test.', limits } },
    ];
    const fixture = new HostFixture(new SessionDouble(), batched, manifestOf({ inputs }));
    await Promise.all([
      fixture.take(1, [[0, 1]]),
      fixture.take(2, [[5, 5]]),
      fixture.take(3, [
        [0, 1],
        [6, 6],
      ]),
    ]);
    await settle();
    expect(fixture.rows(1)).toEqual([[0, 1]]);
    expect([2, 3].map((id) => fixture.errorCode(id))).toEqual(Array(2).fill('DH_INPUT_UNLIKE_TRAINING'));
  });

  it('withholds a result that the manifest does not allow from that item alone', async () => {
    const session = new SessionDouble({ compute: (rows) => rows.map(([a]) => [1 / (a as number), 0]) });
    const fixture = new HostFixture(session, batched);
    await Promise.all([2, 0, 4].map((value, index) => fixture.take(index + 1, [[value, 0]])));
    await settle();
    expect(fixture.errorCode(2)).toBe('DH_MODEL_OUTPUT_INVALID');
    expect([fixture.rows(1), fixture.rows(3)]).toEqual([[[0.5, 0]], [[0.25, 0]]]);
    // It ran all the same, and the execution counts.
    expect(fixture.result(2)?.run?.batchSize).toBeGreaterThan(0);
  });

  it('passes on why a run failed, as one of our errors', async () => {
    const session = new SessionDouble({
      compute: () => {
        throw new TypeError('inner text');
      },
    });
    const fixture = new HostFixture(session);
    await fixture.take(1, [[1, 2]]);
    await settle();
    const result = fixture.result(1);
    expect(result).toMatchObject({ error: { code: 'DH_INTERNAL', internal: 'TypeError: inner text' } });
    expect((result as { error: { message: string } }).error.message).not.toContain('inner text');
  });

  it('drops a cancelled item that waits, says so, and never runs it', async () => {
    const fixture = new HostFixture(new SessionDouble({ isHeld: true }));
    await fixture.take(1, [[1, 1]]);
    await settle();
    await fixture.take(2, [[2, 2]]);
    fixture.host.cancel(2);
    expect(fixture.errorCode(2)).toBe('DH_CANCELLED');
    fixture.host.cancel(2);
    fixture.host.cancel(99);
    fixture.session.runs[0]?.end();
    await settle();
    expect([fixture.session.runs.length, fixture.results().length]).toEqual([1, 2]);
  });

  it('drops an item that is cancelled while it is prepared', async () => {
    const fixture = new HostFixture();
    const taken = fixture.take(1, [[1, 1]]);
    fixture.host.cancel(1);
    await taken;
    await settle();
    expect([fixture.errorCode(1), fixture.session.runs.length]).toEqual(['DH_CANCELLED', 0]);
    expect(fixture.results()).toHaveLength(1);
  });

  it('lets an item that runs run on, and answers it', async () => {
    const fixture = new HostFixture(new SessionDouble({ isHeld: true }));
    await fixture.take(1, [[1, 1]]);
    await settle();
    fixture.host.cancel(1);
    expect(fixture.results()).toEqual([]);
    fixture.session.runs[0]?.end();
    await settle();
    expect(fixture.rows(1)).toEqual([[1, 1]]);
  });

  it('answers an item whose deadline passed before it began, without running it', async () => {
    const fixture = new HostFixture();
    await fixture.take(1, [[1, 1]], { deadlineMs: monotonicMs() - 1 });
    await settle();
    expect([fixture.errorCode(1), fixture.session.runs.length]).toEqual(['DH_DEADLINE_EXCEEDED', 0]);
  });

  it('refuses rows that do not belong together, and a second row of a model that keeps state', async () => {
    const two = manifestOf({
      tensors: { inputs: [pairs('x'), pairs('z')], outputs: [pairs('y')] },
      inputs: ['x', 'z'].map((name) => ({ name, kind: 'tensor', feeds: name })),
    });
    const fixture = new HostFixture(new SessionDouble(), batched, two);
    const tensors = {
      x: tensorOf([[1, 2]]),
      z: tensorOf([
        [1, 2],
        [3, 4],
      ]),
    };
    await fixture.take(1, [], { kind: 'infer', tensors } as Partial<RunItem>);
    expect(fixture.errorCode(1)).toBe('DH_TENSOR_SHAPE_MISMATCH');
  });

  it('gives the next state beside the result, for a model that keeps one', async () => {
    const manifest = manifestOf({
      tensors: { inputs: [pairs('x'), pairs('s')], outputs: [pairs('y'), pairs('s_out')] },
      sequence: { state: [{ input: 's', output: 's_out' }] },
    });
    const fixture = new HostFixture(new SessionDouble(), alone(''), manifest);
    await fixture.take(1, [[5, 6]], { state: { s: tensorOf([[0, 0]]) } } as Partial<RunItem>);
    await settle();
    const result = fixture.result(1) as Extract<ItemResult, { inference: unknown }>;
    // The caller sees what it asked for; the state is the server's.
    expect(result.inference.tensors.map(({ name }) => name)).toEqual(['y']);
    expect(Object.keys(result.run.state ?? {})).toEqual(['s']);
    expect(rowsOf(result.run.state?.s as RawTensor)).toEqual([[5, 6]]);
    expect(fixture.session.runs[0]?.outputs).toEqual(['y', 's_out']);
  });

  it('is not brought down by an error that is no error', async () => {
    const session = new SessionDouble({
      compute: () => {
        throw 'a text';
      },
    });
    const fixture = new HostFixture(session);
    await fixture.take(1, [[1, 2]]);
    await settle();
    expect(fixture.errorCode(1)).toBe('DH_INTERNAL');
    expect(DeepHealthError.from('a text').code).toBe('DH_INTERNAL');
  });
});
