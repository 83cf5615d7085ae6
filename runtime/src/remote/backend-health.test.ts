import { describe, expect, it } from 'vitest';
import { BackendHealth } from './backend-health.js';

function watched() {
  const told: [boolean, string][] = [];
  const health = new BackendHealth((isServing, reason) => told.push([isServing, reason]));
  return { told, health };
}

describe('the health of a server', () => {
  it('is told when it changes, and not at first', () => {
    const { told, health } = watched();
    health.set('poll', undefined);
    expect([told, health.isServing]).toEqual([[], true]);
    health.set('poll', 'Not ready.');
    health.set('poll', 'Not ready.');
    expect([told, health.isServing]).toEqual([[[false, 'Not ready.']], false]);
    health.set('poll', undefined);
    expect(told.at(-1)).toEqual([true, expect.stringContaining('ready')]);
    expect(told).toHaveLength(2);
  });

  it('is good only when nobody has a problem', () => {
    const { told, health } = watched();
    health.set('poll', 'Not ready.');
    health.set('circuit', 'Keeps failing.');
    health.set('version', 'Another version.');
    health.set('poll', undefined);
    health.set('circuit', undefined);
    expect(told).toEqual([
      [false, 'Not ready.'],
      [false, 'Keeps failing.'],
      [false, 'Another version.'],
    ]);
    health.set('version', undefined);
    expect(told.at(-1)?.[0]).toBe(true);
  });

  it('is not told any more after the end', () => {
    const { told, health } = watched();
    health.stop();
    health.set('circuit', 'Keeps failing.');
    expect(told).toEqual([]);
  });
});
