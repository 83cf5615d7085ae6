import { describe, expect, it } from 'vitest';
import { toServerOptions } from './server-options.js';

describe('server options of a configuration', () => {
  it('carry what was stated and nothing else', () => {
    expect(
      toServerOptions({
        models: ['/srv/models'],
        listen: { host: '127.0.0.1', grpcPort: 8500, httpPort: 9080 },
        serverName: 'ward-4',
        repository: { mode: 'poll', pollIntervalMs: 1000 },
        versionPolicy: { latest: 1 },
        modelSettings: { heart: { limits: { instances: 2 } } },
        remotes: { lung: { address: 'gpu:8001' } },
        limits: { memoryMiB: 512 },
        sharedMemory: true,
        tracing: { otlpEndpoint: 'http://127.0.0.1:4318' },
        maxMessageBytes: 1,
        drainGraceMs: 0,
        log: { level: 'info' },
      }),
    ).toEqual({
      models: ['/srv/models'],
      host: '127.0.0.1',
      port: 8500,
      httpPort: 9080,
      serverName: 'ward-4',
      repository: { mode: 'poll', pollIntervalMs: 1000 },
      versionPolicy: { latest: 1 },
      modelSettings: { heart: { limits: { instances: 2 } } },
      remotes: { lung: { address: 'gpu:8001' } },
      limits: { memoryMiB: 512 },
      sharedMemory: true,
      tracing: { otlpEndpoint: 'http://127.0.0.1:4318' },
      maxMessageBytes: 1,
      drainGraceMs: 0,
    });
  });

  it.each([
    [{}, 8080],
    [{ grpcPort: 9500 }, 8080],
    [{ grpcPort: 0 }, 0],
    [{ grpcPort: 0, httpPort: 8081 }, 8081],
    [{ grpcPort: 9500, httpPort: 0 }, 0],
  ])('with listen %j serve HTTP on port %i', (listen, httpPort) => {
    expect(toServerOptions({ listen }).httpPort).toBe(httpPort);
  });

  it('leave HTTP out where it is turned off', () => {
    expect(toServerOptions({ listen: { httpPort: null } })).toEqual({ models: [] });
  });
});
