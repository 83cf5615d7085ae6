import { type ChildProcess, spawn } from 'node:child_process';
import type { Duplex } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { canServeRings } from '@deephealth/native';
import { parseManifest } from '@deephealth/sdk';
import { hostCommand } from '../isolation/host-command.js';
import { HostFolder } from '../isolation/host-folder.js';
import { type Isolation, NOT_ISOLATED } from '../isolation/isolation.js';
import { IdTable } from '../lifecycle/id-table.js';
import { RingClient } from '../ring/ring-client.js';
import { planRing } from '../ring/ring-plan.js';
import { encodeFrame, FrameReader } from './frame-codec.js';
import { MEMORY_EXCEEDED_MARK } from './host-marks.js';
import type { HostReply, HostRequest, LoadedPackage, RunItem } from './host-messages.js';
import { PayloadSlab } from './payload-slab.js';
import { readHostReply } from './read-host-reply.js';
import { SharedInputs } from './shared-inputs.js';
import { SharedResults } from './shared-results.js';
import type { SlabRegion } from './slot-allocator.js';

/** Why a host process is gone. */
export interface HostExit {
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
  /** Its own watchdog ended it, or the engine could not allocate. */
  readonly memoryExceeded: boolean;
}

export interface HostProcessOptions {
  readonly memoryLimitMiB: number;
  /** What the process is kept from; left out for nothing. */
  readonly isolation?: Isolation | undefined;
  /** Folder of the package that it is to load: of all packages, the one that it may read. */
  readonly package?: string | undefined;
  /** Port of the inference server that computes its model; left out for a process that dials nobody. */
  readonly dialPort?: number | undefined;
  onReply(reply: HostReply): void;
  onExit(exit: HostExit): void;
  /** A line that the host wrote to stdout or stderr; for the debug log only. */
  onOutput(line: string): void;
}

interface HeldSlots {
  readonly regions: readonly SlabRegion[];
  openItems: number;
}

// The watchdog in the host looks 20 times a second; between two looks a graph can ask for any amount at
// once. The kernel's data limit makes such a request fail instead of taking the machine. Node and ONNX
// Runtime reserve that much beyond what they keep resident.
const RESERVED_MIB = 2048;
const CHANNEL_FD = 3;
// Inputs and results are 4 and 5.
const BELL_FD = 6;
// Bytes of requests count as garbage of V8's heap, which starts small: at images, it would look
// through the whole heap some 25 times a second.
const HOST_FLAGS = ['--initial-old-space-size=256'];
const STDERR_TAIL_BYTES = 4096;

/**
 * A model host: a child process that holds one model version. It can be killed at any moment
 * without harm to the server.
 */
export class HostProcess {
  readonly #child: ChildProcess;
  readonly #channel: Duplex;
  /** Shared with the process; large inputs cross through it. */
  readonly #slab: SharedInputs | PayloadSlab | undefined;
  /** Large results come back through it. */
  readonly #results: SharedResults | undefined;
  /** What messages hold of it whose items the process still has, by the ids of these. */
  readonly #held = new IdTable<HeldSlots>();
  readonly #onReply: (reply: HostReply) => void;
  /** For items that need no JavaScript of the process. */
  #ring: RingClient | undefined;
  #isFlushDue = false;
  readonly #flush = () => {
    this.#isFlushDue = false;
    this.#ring?.flush();
  };
  #memoryExceeded = false;
  /** Resolves when the process is gone. */
  readonly exited: Promise<void>;

  constructor(options: HostProcessOptions) {
    this.#onReply = options.onReply;
    const isolation = options.isolation ?? NOT_ISOLATED;
    const folder = new HostFolder(isolation.owner, () => this.kill());
    const { command, args, env } = hostCommand({
      isolation,
      main: HOST_MAIN,
      flags: HOST_FLAGS,
      dataKiB: (options.memoryLimitMiB + RESERVED_MIB) * 1024,
      package: options.package,
      folder: folder.path,
      dialPort: options.dialPort,
    });
    // All mapped or none: the host is told once.
    const mapped = SharedInputs.open();
    this.#slab = mapped ?? PayloadSlab.open();
    this.#results = mapped && SharedResults.open();
    const memory = [this.#slab?.fd ?? 'ignore', this.#results?.fd ?? 'ignore'] as const;
    const bell = this.#results !== undefined && canServeRings() ? 'pipe' : 'ignore';
    this.#child = spawn(command, [...args], {
      stdio: ['ignore', 'pipe', 'pipe', 'pipe', ...memory, bell],
      env: {
        ...hostEnvironment(options.memoryLimitMiB),
        ...env,
        TMPDIR: folder.path,
        ...(mapped && { DEEPHEALTH_HOST_INPUTS: 'mapped' }),
        ...(this.#results && { DEEPHEALTH_HOST_RESULTS: 'mapped' }),
      },
      // A process group of its own: Ctrl-C in a terminal is for the server, which lets runs finish.
      detached: true,
      // No working directory of the server's: a graph that names files finds none.
      cwd: '/',
    });
    this.#channel = this.#child.stdio[CHANNEL_FD] as Duplex;
    const onReply = (reply: HostReply) => {
      if (reply.type === 'results') this.#free(reply.results);
      options.onReply(reply);
    };
    const results = this.#results;
    const reader = new FrameReader({
      read: (message) => {
        const reply = readHostReply(message);
        // Its plan is made of the manifest, which may be none.
        if (reply.type === 'loaded' && reply.servesRing) this.#openRing(reply.package);
        return reply;
      },
      onMessage: onReply,
      readShared: results && ((region) => results.take(region)),
      // A host whose words make no sense is no host any more: it is ended, and its requests fail with it.
      onBroken: () => this.kill(),
    });
    this.#channel.on('data', (chunk: Buffer) => reader.push(chunk));
    // A write to a host that has just died fails here; its exit tells the rest.
    this.#channel.on('error', () => undefined);
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      let tail = '';
      stream?.setEncoding('utf8').on('data', (text: string) => {
        if (text.includes(MEMORY_EXCEEDED_MARK) || /bad_alloc|out of memory/i.test(text)) this.#memoryExceeded = true;
        const lines = (tail + text).split('\n');
        tail = (lines.pop() ?? '').slice(-STDERR_TAIL_BYTES);
        for (const line of lines) options.onOutput(line);
      });
    }
    let resolveExited: () => void = () => undefined;
    this.exited = new Promise((resolve) => {
      resolveExited = resolve;
    });
    let gone = false;
    const exit = (exitCode: number | null, signal: NodeJS.Signals | null) => {
      if (gone) return;
      gone = true;
      this.#ring?.close();
      this.#slab?.close();
      this.#results?.close();
      folder.remove();
      options.onExit({ exitCode, signal, memoryExceeded: this.#memoryExceeded });
      resolveExited();
    };
    // 'close' comes after the last output, so that the watchdog's mark has been read.
    this.#child.on('close', exit);
    this.#child.on('error', () => exit(null, null));
  }

  /** Process id; undefined if the process could not be started. */
  get pid(): number | undefined {
    return this.#child.pid;
  }

  #openRing({ manifestJson, batching }: LoadedPackage): void {
    if (this.#ring !== undefined) throw new RangeError('a host loads once');
    const plan = planRing(parseManifest(Buffer.from(manifestJson)), batching);
    if (plan === undefined || !(this.#slab instanceof SharedInputs) || this.#results === undefined) return;
    const ring = new RingClient({
      plan,
      inputs: this.#slab,
      results: this.#results,
      onReply: this.#onReply,
      onAgain: (items) => this.#write({ type: 'run', items }),
      onBroken: () => this.kill(),
      onLeave: (slot, generation) => this.#write({ type: 'leave-ring', slot, generation }),
    });
    this.#ring = ring;
    const bell = (this.#child.stdio as readonly unknown[])[BELL_FD] as Duplex;
    bell.on('data', () => ring.onBell());
    bell.on('error', () => undefined);
  }

  /** Hands a request over; byte arrays in it are borrowed until the reply. */
  send(request: HostRequest): void {
    const ring = this.#ring;
    if (ring !== undefined && request.type === 'run') this.#run(ring, request.items);
    else if (ring !== undefined && request.type === 'cancel' && ring.has(request.id)) ring.cancel(request.id);
    else this.#write(request);
  }

  #run(ring: RingClient, items: readonly RunItem[]): void {
    const others: RunItem[] = [];
    for (const item of items) {
      if (!ring.submit(item)) others.push(item);
    }
    // Answers of one bell free many callers, who ask at once: to wake the host once for all costs a fraction.
    if (!this.#isFlushDue) {
      this.#isFlushDue = true;
      process.nextTick(this.#flush);
    }
    if (others.length > 0) this.#write({ type: 'run', items: others });
  }

  #write(request: HostRequest): void {
    const parts = request.type === 'run' ? this.#encodeRun(request) : encodeFrame(request);
    if (parts.length > 1) this.#channel.cork();
    for (const part of parts) this.#channel.write(part);
    if (parts.length > 1) this.#channel.uncork();
  }

  #encodeRun(request: HostRequest & { readonly type: 'run' }): Uint8Array[] {
    const regions: SlabRegion[] = [];
    const parts = encodeFrame(request, (payload) => {
      const region = this.#slab?.write(payload);
      if (region !== undefined) regions.push(region);
      return region;
    });
    if (regions.length > 0) {
      const held = { regions, openItems: request.items.length };
      for (const { id } of request.items) this.#held.set(id, held);
    }
    return parts;
  }

  // The process reads inputs where they lie, up to the answer of the last item of a message.
  #free(results: readonly { readonly id: number }[]): void {
    if (this.#held.size === 0) return;
    for (const { id } of results) {
      const held = this.#held.get(id);
      if (held === undefined) continue;
      this.#held.delete(id);
      held.openItems -= 1;
      if (held.openItems > 0) continue;
      for (const region of held.regions) this.#slab?.free(region);
    }
  }

  /** Ends the process at once, whatever it is doing. */
  kill(): void {
    this.#child.kill('SIGKILL');
  }

  /** Closes the channel; an idle host then ends by itself. */
  close(): void {
    this.#channel.end();
  }
}

/** Script of every host. */
export const HOST_MAIN = fileURLToPath(
  new URL(import.meta.url.endsWith('.ts') ? './host-main.ts' : './host/host-main.js', import.meta.url),
);

/** Only what a host needs: no token or setting of the server reaches a process that runs models. */
function hostEnvironment(memoryLimitMiB: number): NodeJS.ProcessEnv {
  const kept = [
    ...['PATH', 'LANG', 'LC_ALL', 'TZ', 'SystemRoot', 'LD_LIBRARY_PATH', 'DYLD_LIBRARY_PATH'],
    ...['DEEPHEALTH_NATIVE', 'DEEPHEALTH_SIMD', 'DEEPHEALTH_POISON_SLOTS'],
  ];
  return {
    ...Object.fromEntries(kept.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]]))),
    ORT_DISABLE_TELEMETRY: '1',
    DEEPHEALTH_HOST_MEMORY_BYTES: String(memoryLimitMiB * 1024 * 1024),
  };
}
