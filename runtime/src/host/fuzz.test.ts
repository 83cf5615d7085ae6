import { DeepHealthError } from '@deephealth/sdk';
import { type FuzzOptions, fuzzParser, fuzzTimeoutMs, mutateBytes, mutateValue } from '@deephealth/sdk/testing';
import { describe, expect, it } from 'vitest';
import type { Work } from '../lifecycle/run-request.js';
import { LaneFixture } from '../lifecycle/testing/lane-fixture.js';
import { alone } from './batching-proof.js';
import { encodeFrame, FrameReader } from './frame-codec.js';
import type { HostReply, RunFacts, WireError } from './host-messages.js';
import { readHostReply } from './read-host-reply.js';

const USUAL = 300;

const run: RunFacts = {
  ...{ queueUs: 12.5, batchSize: 1, rows: 1, inputSha256: 'a'.repeat(64) },
  timings: { preprocessUs: 1, inferenceUs: 250, postprocessUs: 0 },
  steps: [{ name: 'first', operation: 'model', onnxSha256: 'b'.repeat(64), durationUs: 5 }],
};
const tensor = { dataType: 'FP32', shape: [1, 2], data: Buffer.alloc(8, 1) } as const;
const error: WireError = { code: 'DH_MODEL_RUN_FAILED', message: 'No.', details: { input: 'x' }, internal: 'why' };
const report = {
  checks: [{ name: 'golden', status: 'CHECK_STATUS_PASSED', message: '', durationUs: 7 }],
  ...{ completedAtMs: 1, goldenCases: 2, worstGoldenError: 0.5 },
} as const;

/** One of each type; what concerns requests names the first two of a lane. */
const REPLIES: readonly HostReply[] = [
  { type: 'probed', probe: { engine: 'e', providers: ['cpu'], isTelemetryOff: true } },
  {
    type: 'loaded',
    servesRing: true,
    package: {
      ...{ manifestJson: '{}', packageSha256: 'c'.repeat(64), onnxSha256: 'd'.repeat(64), engine: 'e' },
      ...{ provider: 'cpu', concurrency: 1, batching: alone('as told'), report },
    },
  },
  { type: 'load-failed', error, report, packageSha256: '', title: 'Title' },
  { type: 'started', ids: [0, 1] },
  { type: 'paused', id: 0 },
  { type: 'results', results: [{ id: 0, inference: { tensors: [{ name: 'y', ...tensor }] }, run }] },
  {
    type: 'results',
    results: [
      { id: 1, prediction: { findings: [{ name: 'y' }], warnings: [] }, run: { ...run, state: { h: tensor } } },
      { id: 0, error, run },
    ],
  },
  { type: 'memory', rssBytes: 2 ** 30 },
  { type: 'backend', isServing: false, reason: 'away' },
];

/** What the lane of the test is asked for. */
const work: Work = {
  deadlineMs: Number.POSITIVE_INFINITY,
  signal: new AbortController().signal,
  payload: { type: 'infer', outputs: ['y'], tensors: { x: tensor } },
};

const frameOf = (message: unknown) => Buffer.concat(encodeFrame(message));
const corpus = REPLIES.map(frameOf);

/** As bytes, or as the message that a frame holds. */
function mutateFrame(random: () => number, sound: Uint8Array): Buffer {
  if (random() < 0.5) return mutateBytes(random, sound);
  return frameOf(mutateValue(random, REPLIES[corpus.indexOf(sound as Buffer)]));
}

/** Whole or in pieces; a frame that is not complete is none yet. Throws for one that makes no sense. */
function readFrames(bytes: Buffer, random: () => number): HostReply[] {
  const replies: HostReply[] = [];
  const reader = new FrameReader<HostReply>({
    onMessage: (reply) => replies.push(reply),
    read: readHostReply,
    onBroken: (thrown) => {
      throw new Refusal('the host is ended', { cause: thrown });
    },
  });
  const cut = Math.floor(random() * bytes.length);
  reader.push(bytes.subarray(0, cut));
  reader.push(bytes.subarray(cut));
  return replies;
}

class Refusal extends Error {}

const KINDS: readonly Omit<FuzzOptions, 'seed' | 'usual' | 'isRefusal'>[] = [
  { parser: 'frame of the control channel', corpus, read: readFrames },
  {
    parser: 'reply of a model host, acted upon',
    ...{ corpus, mutate: mutateFrame },
    async read(bytes, random) {
      const replies = readFrames(bytes, random);
      const lane = new LaneFixture();
      const host = lane.addHost();
      const asked = [0, 1].map(() => lane.lane.run(work).catch(() => undefined));
      try {
        for (const reply of replies) host.onReply(reply);
      } finally {
        host.die();
        await lane.lane.rejectAll(new DeepHealthError('DH_MODEL_UNLOADED', 'The end.'));
      }
      await Promise.all(asked);
    },
  },
];

describe('a broken word of a model host', () => {
  it.each(KINDS.map((kind, place) => ({ ...kind, seed: 1400 + place })))(
    'is read, or ends that host and nothing else: $parser',
    async (kind) => {
      const isRefusal = (thrown: unknown) => thrown instanceof Refusal;
      const { inputs, refused } = await fuzzParser({ ...kind, usual: USUAL, isRefusal });
      expect(refused).toBeGreaterThan(inputs / 10);
      expect(refused).toBeLessThan(inputs);
    },
    fuzzTimeoutMs(USUAL),
  );
});
