import type { runtimeV1 } from '@deephealth/proto';
import { DeepHealthError, type Manifest, parseManifest } from '@deephealth/sdk';
import type { HostReply, LoadedPackage, LoadOrder, VerificationReport } from '../host/host-messages.js';
import { type HostExit, HostProcess } from '../host/host-process.js';
import { fromWireError } from '../host/wire-error.js';
import type { Isolation } from '../isolation/isolation.js';
import { remotePort } from '../remote/remote-target.js';
import type { HostResources } from './declared-resources.js';

/** What READY stands on. */
export interface Loaded extends LoadedPackage {
  readonly manifest: Manifest;
  /** For provenance; left out for a model without one. */
  readonly calibrations?: runtimeV1.Calibration[];
}

export type StartOutcome =
  | { readonly host: HostProcess; readonly loaded: Loaded }
  | {
      readonly error: DeepHealthError;
      readonly report: VerificationReport | undefined;
      readonly packageSha256: string;
      readonly title: string;
    };

export interface StartHostOptions {
  readonly resources: HostResources;
  /** What the host is kept from; left out for nothing. */
  readonly isolation?: Isolation | undefined;
  /** How to load the package. */
  readonly order: LoadOrder;
  /** Ends the start; the outcome is then an error that nobody needs to see. */
  readonly signal: AbortSignal;
  /** From the moment on when the package is loaded. */
  onReply(host: HostProcess, reply: HostReply): void;
  onExit(host: HostProcess, exit: HostExit): void;
  onOutput(line: string): void;
}

/** Starts a host and lets it load and verify a package, within its memory and time. Never rejects. */
export function startHost(options: StartHostOptions): Promise<StartOutcome> {
  const { memoryMiB, loadTimeoutMs } = options.resources;
  return new Promise((resolve) => {
    let isLoading = true;
    const settle = (outcome: StartOutcome) => {
      isLoading = false;
      clearTimeout(timer);
      options.signal.removeEventListener('abort', abort);
      resolve(outcome);
    };
    const refuse = (thrown: DeepHealthError, report?: VerificationReport, packageSha256 = '', title = '') => {
      host.kill();
      // The engine's own failed allocation says the same as the watchdog; the limit makes it clear.
      const error = thrown.code === 'DH_MODEL_MEMORY_EXCEEDED' ? memoryExceeded(memoryMiB) : thrown;
      settle({ error, report, packageSha256, title });
    };
    const onLoadReply = (reply: HostReply) => {
      if (reply.type === 'load-failed') {
        refuse(fromWireError(reply.error), reply.report, reply.packageSha256, reply.title);
      } else if (reply.type === 'loaded') {
        try {
          const manifest = parseManifest(Buffer.from(reply.package.manifestJson));
          const calibrations = calibrationsOf(manifest);
          settle({ host, loaded: { ...reply.package, manifest, ...(calibrations && { calibrations }) } });
        } catch (thrown) {
          refuse(DeepHealthError.from(thrown), reply.package.report, reply.package.packageSha256);
        }
      }
    };
    const host: HostProcess = new HostProcess({
      memoryLimitMiB: memoryMiB,
      isolation: options.isolation,
      package: options.order.folder,
      dialPort: options.order.remote && remotePort(options.order.remote),
      onReply: (reply) => (isLoading ? onLoadReply(reply) : options.onReply(host, reply)),
      onExit: (exit) => (isLoading ? refuse(loadFailure(exit, memoryMiB)) : options.onExit(host, exit)),
      onOutput: options.onOutput,
    });
    const timer = setTimeout(() => refuse(loadTimeout(loadTimeoutMs)), loadTimeoutMs);
    const abort = () => refuse(new DeepHealthError('DH_SERVER_STOPPING', 'Loading was stopped.'));
    // It may have been aborted while the resources were read.
    if (options.signal.aborted) return abort();
    options.signal.addEventListener('abort', abort, { once: true });
    host.send({ type: 'load', ...options.order });
  });
}

function calibrationsOf({ outputs }: Manifest): runtimeV1.Calibration[] | undefined {
  const calibrations = outputs.flatMap((output) => {
    if (output.kind !== 'classification' || output.calibration === undefined) return [];
    const { method, temperature, data } = output.calibration;
    return [{ output: output.name, method, temperature, data }];
  });
  return calibrations.length === 0 ? undefined : calibrations;
}

function loadTimeout(loadTimeoutMs: number): DeepHealthError {
  return new DeepHealthError(
    'DH_MODEL_LOAD_TIMEOUT',
    `Loading and verifying took longer than ${loadTimeoutMs} ms and was stopped.`,
    { details: { expected: `at most ${loadTimeoutMs} ms` } },
  );
}

function memoryExceeded(memoryMiB: number): DeepHealthError {
  return new DeepHealthError(
    'DH_MODEL_MEMORY_EXCEEDED',
    `Loading and verifying the model needs more than its limit of ${memoryMiB} MiB and was stopped.`,
    { details: { expected: `at most ${memoryMiB} MiB` } },
  );
}

function loadFailure(exit: HostExit, memoryMiB: number): DeepHealthError {
  if (exit.memoryExceeded) return memoryExceeded(memoryMiB);
  const how = exit.signal === null ? `exit code ${exit.exitCode ?? 'unknown'}` : exit.signal;
  return new DeepHealthError('DH_MODEL_LOAD_FAILED', `The process of the model ended while loading (${how}).`, {
    details: { received: how },
  });
}

/**
 * Whether somebody else ended a host that loaded: an operator, or a system that ran out of memory. No model ends its
 * process this way by itself, so that it says nothing against the package.
 */
export function wasKilledByOthers({ code, details }: DeepHealthError): boolean {
  return code === 'DH_MODEL_LOAD_FAILED' && details.received === 'SIGKILL';
}
