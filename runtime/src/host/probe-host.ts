import { openIsolation } from '../isolation/isolation.js';
import { HostProcess } from './host-process.js';

/** What a model host says of its engine. */
export interface HostProbe {
  readonly engine: string;
  readonly providers: readonly string[];
  readonly isTelemetryOff: boolean;
}

const PROBE_TIMEOUT_MS = 20_000;
const PROBE_MEMORY_MIB = 1024;

/** Starts a model host without a model and asks what its engine is; for `deephealth doctor`. */
export function probeHost(): Promise<HostProbe | { readonly error: string }> {
  return new Promise((resolve) => {
    const settle = (probe: HostProbe | { readonly error: string }) => {
      clearTimeout(timer);
      host.kill();
      resolve(probe);
    };
    const host = new HostProcess({
      memoryLimitMiB: PROBE_MEMORY_MIB,
      isolation: openIsolation(),
      onReply: (reply) => {
        if (reply.type === 'probed') settle(reply.probe);
      },
      onExit: ({ exitCode, signal }) =>
        settle({
          error: `The model host cannot start (${signal ?? `exit code ${exitCode}`}). Run npm install again; onnxruntime-node must be whole.`,
        }),
      onOutput: () => undefined,
    });
    const timer = setTimeout(
      () => settle({ error: `The model host did not answer within ${PROBE_TIMEOUT_MS / 1000} s.` }),
      PROBE_TIMEOUT_MS,
    );
    host.send({ type: 'probe' });
  });
}
