import { describe, expect, it } from 'vitest';
import { nearName } from './near-name.js';

describe('the near name', () => {
  it.each([
    ['MODELS', 'models'],
    ['modles', 'models'],
    ['model', 'models'],
    ['drainGrace', 'drainGraceMs'],
    ['maxQueLength', 'maxQueueLength'],
    ['timeout', 'runTimeoutMs'],
  ])('of "%s" is "%s"', (name, meant) => {
    expect(nearName(name, ['models', 'drainGraceMs', 'maxQueueLength', 'runTimeoutMs'])).toBe(meant);
  });

  it.each(['x', 'colour', '', 'a'.repeat(10_000)])('of something else is none (%#)', (name) => {
    expect(nearName(name, ['models', 'drainGraceMs'])).toBeUndefined();
  });

  it('is the nearest of several', () => {
    expect(nearName('httpPrt', ['grpcPort', 'httpPort', 'host'])).toBe('httpPort');
  });
});
