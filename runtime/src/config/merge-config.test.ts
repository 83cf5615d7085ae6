import { describe, expect, it } from 'vitest';
import { mergeConfig } from './merge-config.js';

describe('the settings that win', () => {
  it('stand one by one; what they do not say stays', () => {
    expect(
      mergeConfig(
        { serverName: 'a', listen: { host: '127.0.0.2', grpcPort: 1 }, limits: { memoryMiB: 64, instances: 2 } },
        { listen: { grpcPort: 2 }, limits: { memoryMiB: 128 }, log: { level: 'debug' } },
      ),
    ).toEqual({
      serverName: 'a',
      listen: { host: '127.0.0.2', grpcPort: 2 },
      limits: { memoryMiB: 128, instances: 2 },
      log: { level: 'debug' },
    });
  });

  it('say nothing where they are undefined, and something where they are null or 0', () => {
    expect(
      mergeConfig(
        { models: ['a'], drainGraceMs: 5, listen: { httpPort: 1 }, log: { level: 'info' } },
        { models: undefined, drainGraceMs: 0, listen: { host: undefined, httpPort: null }, log: undefined },
      ),
    ).toEqual({ models: ['a'], drainGraceMs: 0, listen: { httpPort: null }, log: { level: 'info' } });
  });

  it('take lists and settings by model whole', () => {
    expect(
      mergeConfig({ models: ['a', 'b'], modelSettings: { x: {} } }, { models: ['c'], modelSettings: { y: {} } }),
    ).toEqual({ models: ['c'], modelSettings: { y: {} } });
  });

  it('overrule a repository mode together with what belonged to it, and keep that with the same mode', () => {
    const base = { repository: { mode: 'explicit', load: ['heart'] } } as const;
    expect(mergeConfig(base, { repository: { mode: 'none' } })).toEqual({ repository: { mode: 'none' } });
    expect(mergeConfig(base, { repository: { mode: 'explicit' } })).toEqual(base);
  });

  it('change neither of the two', () => {
    const base = { listen: { host: 'a' } };
    const winning = { listen: { grpcPort: 1 } };
    mergeConfig(base, winning);
    expect([base, winning]).toEqual([{ listen: { host: 'a' } }, { listen: { grpcPort: 1 } }]);
  });
});
