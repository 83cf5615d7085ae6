import { describe, expect, it } from 'vitest';
import { readHostReply } from './read-host-reply.js';

const run = { queueUs: 1, batchSize: 1, timings: { preprocessUs: 0, inferenceUs: 1, postprocessUs: 0 } };
const tensor = { name: 'y', dataType: 'FP32', shape: [2], data: new Uint8Array(8) };
const result = (more: object) => ({ type: 'results', results: [{ id: 1, run, ...more }] });
const inference = (more: object) => result({ inference: { tensors: [{ ...tensor, ...more }] } });

describe('a reply of a host', () => {
  it('is taken as it is', () => {
    for (const reply of [
      { type: 'started', ids: [1, 2] },
      inference({}),
      inference({ dataType: 'BYTES', data: new Uint8Array(3) }),
      result({ prediction: { findings: [{}], warnings: [] } }),
      result({ error: { code: 'DH_MODEL_RUN_FAILED', message: '', details: {} } }),
    ]) {
      expect(readHostReply(reply)).toBe(reply);
    }
  });

  it.each([
    ['is nothing', null],
    ['has no type', {}],
    ['has the name of something that every object has for a type', { type: 'constructor' }],
    ['has ids that are no list', { type: 'started', ids: 5 }],
    ['has an id that is no count', { type: 'paused', id: -1 }],
    ['has results that are no list', { type: 'results', results: null }],
    ['has a result of neither kind', result({})],
    ['has an error of a newer server', result({ error: { code: 'DH_FUTURE', message: '', details: {} } })],
    [
      'has an error whose details are no texts',
      result({ error: { code: 'DH_INTERNAL', message: '', details: { a: 1 } } }),
    ],
    ['has no facts of its run', { type: 'results', results: [{ id: 1, inference: { tensors: [] } }] }],
    ['has a time that is no number', result({ inference: { tensors: [] }, run: { ...run, queueUs: Number.NaN } })],
    ['has warnings that are no list', result({ prediction: { findings: [], warnings: {} } })],
    ['has a tensor of another size than its shape', inference({ shape: [3] })],
    ['has a tensor of an unknown type', inference({ dataType: 'FP128' })],
    ['has a tensor whose bytes never came', inference({ data: undefined })],
    ['has memory that is a text', { type: 'memory', rssBytes: '1' }],
  ])('is none where it %s', (_, message) => {
    expect(() => readHostReply(message)).toThrow(RangeError);
  });
});
