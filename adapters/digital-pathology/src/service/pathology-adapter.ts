import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { adapterV1, runtimeV1 } from '@deephealth/proto';
import {
  type ClientToken,
  checkBindings,
  createRuntimeClient,
  DeepHealthError,
  type PlatformCall,
  type PlatformFace,
  type PlatformOutput,
  type RuntimeClient,
} from '@deephealth/sdk';
import type { SlideAnalysis } from '../bindings/digital-pathology-binding.js';
import { readSlidePackage, type SlidePackage } from '../bindings/read-slide-package.js';
import { predictToFolder } from '../results/predict-to-folder.js';
import { openSlide } from '../slide/open-slide.js';
import { VERSION } from '../version.js';
import { zipFolder } from './zip-folder.js';

/** What `createDigitalPathologyAdapter` takes. */
export interface DigitalPathologyOptions {
  /** "host:port" of the runtime. */
  readonly runtime: string;
  /** The adapter's key or token towards the runtime. */
  readonly runtimeToken?: ClientToken;
  /** Package folders with bindings/digital-pathology.json. */
  readonly packages: readonly string[];
  /** Slides that are run at a time; further ones are refused. Default 2. */
  readonly maxInFlight?: number;
  /** Formats of the results, see SLIDE_FORMATS. Default all. */
  readonly formats?: readonly string[];
  /** Default the runtime's own limit of what the client takes, 64 MiB. */
  readonly maxMessageBytes?: number;
}

/** Whole slides for a platform, in front of a runtime. */
export interface DigitalPathologyAdapter {
  /** Ids of the bindings: "<model>/<version>/<label>". */
  readonly bindingIds: readonly string[];
  /** For `serveContractFace`. */
  readonly platformFace: PlatformFace;
  /** Takes no more slides and waits for those that are run. */
  close(): Promise<void>;
}

interface Bound {
  readonly id: string;
  readonly model: SlidePackage;
  readonly analysis: SlideAnalysis;
}

/** How a slide may be sent: as one file. Larger ones, and those of several files, are led over by predictSlide. */
const EXTENSIONS: Readonly<Record<string, string>> = { 'application/dicom': '.dcm', 'image/tiff': '.tif' };
const OUTPUT_TYPE = 'application/zip';
const DEFAULT_MAX_IN_FLIGHT = 2;

/**
 * Reads the packages and makes the adapter. The runtime need not be there yet.
 *
 * @throws what readSlidePackage throws, and DH_SLIDE_BINDING_INVALID for two bindings of one id
 */
export async function createDigitalPathologyAdapter(
  options: DigitalPathologyOptions,
): Promise<DigitalPathologyAdapter> {
  const bound = new Map<string, Bound>();
  for (const folder of options.packages) {
    const model = await readSlidePackage(folder);
    for (const analysis of model.binding.analyses) {
      const id = `${model.manifest.name}/${model.manifest.version}/${analysis.label}`;
      if (bound.has(id)) {
        throw new DeepHealthError(
          'DH_SLIDE_BINDING_INVALID',
          `Two packages have the binding ${JSON.stringify(id)}. Serve one of them.`,
        );
      }
      bound.set(id, { id, model, analysis });
    }
  }
  const { maxMessageBytes } = options;
  const client = createRuntimeClient({
    address: options.runtime,
    ...(options.runtimeToken !== undefined && { token: options.runtimeToken }),
    ...(maxMessageBytes === undefined ? {} : { maxMessageBytes }),
  });
  const service = new SlideService([...bound.values()], client, options);
  return { bindingIds: [...bound.keys()], platformFace: service, close: () => service.close() };
}

class SlideService implements PlatformFace {
  readonly #bound: readonly Bound[];
  readonly #client: RuntimeClient;
  readonly #options: DigitalPathologyOptions;
  readonly #underWay = new Set<Promise<unknown>>();
  #isStopping = false;

  constructor(bound: readonly Bound[], client: RuntimeClient, options: DigitalPathologyOptions) {
    this.#bound = bound;
    this.#client = client;
    this.#options = options;
  }

  get #most(): number {
    return this.#options.maxInFlight ?? DEFAULT_MAX_IN_FLIGHT;
  }

  describe() {
    return {
      ...{ name: 'deephealth-digital-pathology', version: VERSION, platform: 'digital-pathology' },
      standards: [
        { name: 'DICOM VL Whole Slide Microscopy Image', version: 'PS3 2024' },
        { name: 'CRS4 slaid zarr', version: '2' },
        { name: 'GeoJSON', version: 'RFC 7946' },
      ],
      profiles: ['adapter-common', 'digital-pathology'],
      capabilities: ['mark-unread'],
    };
  }

  bindings() {
    return this.#bound.map(({ id, model }) => ({
      ...{ id, modelName: model.manifest.name, modelVersion: model.manifest.version },
      ...{ packageSha256: model.packageSha256, entryPoint: 'whole slide', isShadow: false, isSwitchedOff: false },
      ...{ inputMediaTypes: Object.keys(EXTENSIONS), outputMediaType: OUTPUT_TYPE },
    }));
  }

  async health(): Promise<adapterV1.CheckHealthResponse> {
    const models = this.#bound.map(({ model: { manifest, packageSha256 } }) => ({
      ...{ name: manifest.name, version: manifest.version, packageSha256 },
    }));
    const found = await checkBindings(models, this.#client, undefined, withoutPlace);
    const state = this.#isStopping ? 'STOPPING' : this.#underWay.size >= this.#most ? 'OVERLOADED' : 'SERVING';
    return {
      state: `ADAPTER_STATE_${state}`,
      bindings: this.#bound.map(({ id }, index) => ({
        bindingId: id,
        state: `BINDING_STATE_${found[index]?.state ?? 'RUNTIME_UNREACHABLE'}` as const,
        reason: found[index]?.reason ?? '',
      })),
    };
  }

  async run(call: PlatformCall): Promise<PlatformOutput> {
    if (this.#isStopping) throw new DeepHealthError('DH_SERVER_STOPPING', 'The adapter is being stopped.');
    if (this.#underWay.size >= this.#most) {
      throw new DeepHealthError('DH_QUEUE_FULL', `More than ${this.#most} slides are under way. Send it again later.`, {
        retryAfterMs: 5_000,
      });
    }
    const work = this.#runInFolder(call);
    this.#underWay.add(work);
    try {
      return await work;
    } catch (thrown) {
      throw withoutPlace(thrown);
    } finally {
      this.#underWay.delete(work);
    }
  }

  /** The slide is on disk only while it is read: it may show whom it is of. */
  async #runInFolder({ bindingId, input, mediaType, signal, deadlineMs }: PlatformCall): Promise<PlatformOutput> {
    const { model, analysis } = this.#bound.find(({ id }) => id === bindingId) as Bound;
    const folder = await mkdtemp(join(tmpdir(), 'deephealth-slide-'));
    try {
      const path = join(folder, `slide${EXTENSIONS[mediaType.split(';')[0]?.trim().toLowerCase() ?? ''] ?? ''}`);
      await writeFile(path, input, { mode: 0o600 });
      const slide = await openSlide(path, { signal });
      const runs: adapterV1.ModelRun[] = [];
      try {
        await predictToFolder({
          ...{ slide, client: this.#client, model, analysis, folder: join(folder, 'results'), signal },
          ...(Number.isFinite(deadlineMs) ? { deadlineMs } : {}),
          ...(this.#options.formats === undefined ? {} : { formats: this.#options.formats }),
          onAnswer: (answer) => runs.push(runOf(answer)),
        });
      } finally {
        await slide.close();
      }
      return { output: await zipFolder(join(folder, 'results')), runs };
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }

  async close(): Promise<void> {
    this.#isStopping = true;
    await Promise.allSettled(this.#underWay);
    this.#client.close();
  }
}

/** Nobody who sends slides is told where the runtime is, which the client names to the operator. */
function withoutPlace(thrown: unknown): DeepHealthError {
  const error = DeepHealthError.from(thrown);
  if (error.code !== 'DH_CONNECT_FAILED') return error;
  return new DeepHealthError(error.code, 'The runtime behind the adapter does not answer.', { cause: thrown });
}

function runOf({ requestId, provenance }: runtimeV1.PredictResponse__Output): adapterV1.ModelRun {
  return { requestId, provenance };
}
