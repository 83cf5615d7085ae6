import { buffer, text } from 'node:stream/consumers';
import type { adapterV1 } from '@deephealth/proto';
import {
  type ClientToken,
  checkBindings,
  createRuntimeClient,
  DeepHealthError,
  isErrorCode,
  type PlatformCall,
  type PlatformFace,
  type PlatformOutput,
  type RuntimeClient,
  toldToPlatform,
} from '@deephealth/sdk';
import { exportCwl } from '../export/export-cwl.js';
import { exportOgcProcess } from '../export/export-ogc-process.js';
import type { ChainDescription } from '../http/face-context.js';
import { createRunService, type RunServiceOptions } from '../runs/create-run-service.js';
import type { RunRecord } from '../runs/run-record.js';
import type { RunService, ServedChain } from '../runs/run-service.js';
import { type ItemResult, RESULTS_FILE } from '../steps/run-folder.js';
import { VERSION } from '../version.js';

/** What `createPiafAdapter` takes. */
export interface PiafOptions extends RunServiceOptions {
  /** "host:port" of the runtime whose models the health is asked of. */
  readonly runtimeAddress: string;
  /** The adapter's key or token towards it. Tasks read theirs from `runtimeTokenFile`. */
  readonly runtimeToken?: ClientToken;
  /** Runs by the contract face at a time; further ones are refused. Default 4. */
  readonly maxInFlight?: number;
}

/** Processing chains for a platform: runs for the HTTP faces, and one study at a time over the contract. */
export interface PiafAdapter {
  readonly service: RunService;
  /** Ids of the bindings: "<model>/<version>/<label>". */
  readonly bindingIds: readonly string[];
  /** For `serveContractFace`. */
  readonly platformFace: PlatformFace;
  describeChain(chain: ServedChain): ChainDescription;
  /** Takes no more runs; those under way go on after the next start. */
  close(): Promise<void>;
}

const OUTPUT_TYPE = 'application/json';
const DEFAULT_MAX_IN_FLIGHT = 4;
/** Runs of the contract face are nobody's on the HTTP faces: no tenant there can have this name. */
const CONTRACT_TENANT = '~contract-face';

/** @throws what createRunService throws */
export async function createPiafAdapter(options: PiafOptions): Promise<PiafAdapter> {
  const service = await createRunService(options);
  const client = createRuntimeClient({
    address: options.runtimeAddress,
    ...(options.runtimeToken !== undefined && { token: options.runtimeToken }),
  });
  const face = new ChainFace(service, client, options.maxInFlight ?? DEFAULT_MAX_IN_FLIGHT);
  return {
    service,
    bindingIds: service.chains.map(({ id }) => id),
    platformFace: face,
    describeChain,
    async close() {
      face.stop();
      await service.close();
      client.close();
    },
  };
}

/** A chain in the words of CWL and OGC API - Processes, made of its package alone. */
function describeChain(chain: ServedChain): ChainDescription {
  return {
    cwl: exportCwl(chain).get('packed.cwl') ?? '',
    ogcProcess: exportOgcProcess(chain) as unknown as ChainDescription['ogcProcess'],
  };
}

/** One study in, its result out: the way of every run, with a caller that waits. */
class ChainFace implements PlatformFace {
  readonly #service: RunService;
  readonly #client: RuntimeClient;
  readonly #most: number;
  #underWay = 0;
  readonly #stopping = new AbortController();

  constructor(service: RunService, client: RuntimeClient, most: number) {
    this.#service = service;
    this.#client = client;
    this.#most = most;
  }

  /** Studies under way go on after the next start; who waits for one is told to send it again. */
  stop(): void {
    this.#stopping.abort(new DeepHealthError('DH_SERVER_STOPPING', 'The adapter is being stopped.'));
  }

  describe() {
    return {
      ...{ name: 'deephealth-piaf', version: VERSION, platform: 'piaf' },
      standards: [
        { name: 'GA4GH Workflow Execution Service', version: '1.1.0' },
        { name: 'OGC API - Processes - Part 1: Core', version: '1.0' },
        { name: 'Common Workflow Language', version: 'v1.2' },
        { name: 'Workflow Run RO-Crate', version: '0.5' },
      ],
      profiles: ['adapter-common', 'processing-chain'],
      capabilities: [],
    };
  }

  bindings() {
    return this.#service.chains.map(({ id, manifest, packageSha256, binding }) => ({
      ...{ id, modelName: manifest.name, modelVersion: manifest.version, packageSha256 },
      ...{ entryPoint: 'processing chain', isShadow: false, isSwitchedOff: false },
      // A series is a folder, which one message cannot be.
      inputMediaTypes: binding.item.kind === 'series' ? [] : [...binding.item.mediaTypes],
      outputMediaType: OUTPUT_TYPE,
    }));
  }

  async health(): Promise<adapterV1.CheckHealthResponse> {
    const { chains } = this.#service;
    const models = chains.map(({ manifest, packageSha256 }) => ({
      ...{ name: manifest.name, version: manifest.version, packageSha256 },
    }));
    const found = await checkBindings(models, this.#client, undefined, toldToPlatform);
    const state = this.#stopping.signal.aborted ? 'STOPPING' : this.#underWay >= this.#most ? 'OVERLOADED' : 'SERVING';
    return {
      state: `ADAPTER_STATE_${state}`,
      bindings: chains.map(({ id }, index) => ({
        bindingId: id,
        state: `BINDING_STATE_${found[index]?.state ?? 'RUNTIME_UNREACHABLE'}` as const,
        reason: found[index]?.reason ?? '',
      })),
    };
  }

  async run(call: PlatformCall): Promise<PlatformOutput> {
    this.#stopping.signal.throwIfAborted();
    if (this.#underWay >= this.#most) {
      throw new DeepHealthError('DH_QUEUE_FULL', `${this.#most} studies are under way. Send it again later.`, {
        retryAfterMs: 5_000,
      });
    }
    this.#underWay++;
    try {
      return await this.#runOne(call);
    } catch (thrown) {
      throw toldToPlatform(thrown);
    } finally {
      this.#underWay--;
    }
  }

  async #runOne({ bindingId, input, signal }: PlatformCall): Promise<PlatformOutput> {
    const upload = await this.#service.createUpload(CONTRACT_TENANT);
    await upload.add('input', input).catch(async (thrown) => {
      await upload.discard();
      throw thrown;
    });
    const { runId } = await this.#service.submit({
      ...{ tenant: CONTRACT_TENANT, face: 'grpc', chain: bindingId, parameters: {}, request: {}, upload },
      inputs: [{ kind: 'attachment', path: 'input' }],
    });
    const { state, failure, artefacts } = await this.#ended(runId, signal);
    signal.throwIfAborted();
    if (state !== 'COMPLETE') throw failureOf(failure);
    const open = async (path: string) => (await this.#service.openArtefact(CONTRACT_TENANT, runId, path)).content;
    const result = JSON.parse(await text(await open(RESULTS_FILE))) as ItemResult;
    if (result.status === 'refused') throw failureOf(result.error);
    const contents: Record<string, string> = {};
    for (const { path } of result.files) {
      if (artefacts.some((one) => one.path === path))
        contents[path] = (await buffer(await open(path))).toString('base64');
    }
    return { output: Buffer.from(JSON.stringify({ result, contents })), runs: [runOf(result)] };
  }

  /** The run's end; a caller that goes away cancels it. @throws DH_SERVER_STOPPING */
  #ended(runId: string, signal: AbortSignal): Promise<RunRecord> {
    const stopping = this.#stopping.signal;
    return new Promise((resolve, reject) => {
      const cancel = () => void this.#service.cancel(CONTRACT_TENANT, runId).catch(() => undefined);
      const look = (run: RunRecord) => {
        if (run.runId !== runId || run.endedAt === undefined) return;
        stop();
        resolve(run);
      };
      const giveUp = () => {
        stop();
        reject(stopping.reason);
      };
      const unlisten = this.#service.onChange(look);
      const stop = () => {
        unlisten();
        signal.removeEventListener('abort', cancel);
        stopping.removeEventListener('abort', giveUp);
      };
      stopping.addEventListener('abort', giveUp, { once: true });
      signal.addEventListener('abort', cancel, { once: true });
      if (signal.aborted) cancel();
      if (stopping.aborted) giveUp();
      look(this.#service.get(CONTRACT_TENANT, runId));
    });
  }
}

function failureOf(failure: { readonly code: string; readonly message: string } | undefined): DeepHealthError {
  const { code, message } = failure ?? { code: 'DH_INTERNAL', message: 'The run ended without a result.' };
  return new DeepHealthError(isErrorCode(code) ? code : 'DH_INTERNAL', message);
}

/** What the artefacts keep of the runtime's provenance; times and places are none of it. */
function runOf({ model, ranOn }: ItemResult): adapterV1.ModelRun {
  return {
    provenance: {
      ...{ modelName: model.name, modelVersion: model.version },
      ...{ packageSha256: model.packageSha256, onnxSha256: model.onnxSha256 },
      ...{ engine: ranOn.engine, executionProvider: ranOn.executionProvider },
    },
  };
}
