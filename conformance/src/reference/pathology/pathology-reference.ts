import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type adapterV1, CONTRACT_VERSIONS } from '@deephealth/proto';
import {
  type CallContext,
  createRuntimeClient,
  DeepHealthError,
  ERROR_CATALOG,
  type RuntimeClient,
} from '@deephealth/sdk';
import type { PathologyAnalysis, PathologyBinding } from '../../pathology/pathology-binding.js';
import type { PathologySettings } from '../../pathology/write-pathology-folder.js';
import { SUITE_VERSION } from '../../version.js';
import { ReferenceBundle } from './reference-bundle.js';
import { type FilledMap, ReferenceMap } from './reference-map.js';
import { ReferenceSlides } from './reference-slides.js';

/** What the service is made of; a mutant replaces one. */
export interface PathologyParts {
  readonly Slides?: typeof ReferenceSlides;
  readonly Maps?: typeof ReferenceMap;
  readonly Bundle?: typeof ReferenceBundle;
  readonly Service?: typeof PathologyReference;
}

interface Bound {
  readonly id: string;
  readonly analysis: PathologyAnalysis;
  readonly model: { readonly name: string; readonly version: string; readonly packageSha256: string };
}

type Request = adapterV1.RunBindingRequest__Output;

const MEDIA_TYPES = ['application/dicom', 'image/tiff'];
const ASK_MS = 1_000;

/**
 * `PlatformAdapter` for whole slides in its plainest form: everything in memory, for the suite's own slides. Each
 * behaviour is a method of its own, so that a mutant can change one of them and nothing else.
 */
export class PathologyReference {
  readonly settings: PathologySettings;
  readonly client: RuntimeClient;
  /** Of the runtime. */
  readonly address: string;
  readonly bound: readonly Bound[];
  readonly slides: ReferenceSlides;
  readonly maps: ReferenceMap;
  readonly bundles: ReferenceBundle;
  /** What it has written. */
  readonly log: string[] = [];
  underWay = 0;

  constructor(settings: PathologySettings, runtime: string, parts: PathologyParts = {}) {
    const { Slides = ReferenceSlides, Maps = ReferenceMap, Bundle = ReferenceBundle } = parts;
    this.settings = settings;
    this.address = runtime;
    this.client = createRuntimeClient({ address: runtime });
    this.bound = settings.packages.flatMap(readBindings);
    this.slides = new Slides();
    this.maps = new Maps();
    this.bundles = new Bundle();
  }

  async describe(): Promise<adapterV1.DescribeResponse> {
    const info = await this.client.getServerInfo({ deadlineMs: ASK_MS }).catch(() => undefined);
    return {
      ...{ name: 'deephealth-conformance-pathology', version: SUITE_VERSION, platform: 'digital-pathology' },
      ...{ standards: [], profiles: ['digital-pathology'], capabilities: [], contractVersions: [...CONTRACT_VERSIONS] },
      ...(info && { runtime: { name: info.name, version: info.version, engine: info.engine } }),
    };
  }

  bindings(): adapterV1.Binding[] {
    return this.bound.map(({ id, model }) => ({
      ...{ id, modelName: model.name, modelVersion: model.version, packageSha256: model.packageSha256 },
      ...{ entryPoint: 'whole slide', inputMediaTypes: MEDIA_TYPES, outputMediaType: 'application/zip' },
    }));
  }

  async health(): Promise<adapterV1.CheckHealthResponse> {
    const [info, models] = await Promise.all([
      this.client.getServerInfo({ deadlineMs: ASK_MS }).catch(() => undefined),
      this.client.listModels('', { deadlineMs: ASK_MS }).catch(() => undefined),
    ]);
    const stateOf = ({ model }: Bound) => {
      if (info === undefined || models === undefined) return 'RUNTIME_UNREACHABLE';
      if (!info.isReady) return 'RUNTIME_NOT_READY';
      const found = models.find(({ name, version }) => name === model.name && version === model.version);
      return found?.state === 'MODEL_STATE_READY' ? 'READY' : 'MODEL_NOT_READY';
    };
    return {
      state: 'ADAPTER_STATE_SERVING',
      bindings: this.bound.map((bound) => {
        const state = stateOf(bound);
        const reason = state === 'READY' ? '' : 'The runtime would not answer now.';
        return { bindingId: bound.id, state: `BINDING_STATE_${state}` as const, reason };
      }),
    };
  }

  async run(request: Request, context: CallContext): Promise<adapterV1.RunBindingResponse> {
    const bound = this.boundOf(request.bindingId);
    const mediaType = this.mediaTypeOf(request.mediaType);
    this.admit();
    this.underWay++;
    try {
      return await this.runSlide(bound, request.input, mediaType, context);
    } finally {
      this.underWay--;
    }
  }

  async runSlide(
    { analysis, model }: Bound,
    input: Buffer,
    mediaType: string,
    context: CallContext,
  ): Promise<adapterV1.RunBindingResponse> {
    this.noteSlide(input);
    const slide = this.slides.open(input, mediaType);
    const { deadlineMs, signal } = this.timeOf(context);
    const map = await this.maps
      .fill({ slide, analysis, model, client: this.client, deadlineMs, signal })
      .catch((thrown) => {
        throw this.errorOf(DeepHealthError.from(thrown));
      });
    const output = this.bundles.write({ slide, slideSha256: this.digestOf(input), map, analysis, model });
    return { output, mediaType: 'application/zip', runs: this.runsOf(map) };
  }

  boundOf(bindingId: string): Bound {
    const bound = this.bound.find(({ id }) => id === bindingId);
    if (bound !== undefined) return bound;
    throw new DeepHealthError('DH_BINDING_NOT_FOUND', 'There is no binding of this id.');
  }

  mediaTypeOf(sent: string): string {
    const mediaType = sent.split(';')[0]?.trim().toLowerCase() ?? '';
    if (MEDIA_TYPES.includes(mediaType)) return mediaType;
    throw new DeepHealthError('DH_MEDIA_TYPE_UNSUPPORTED', 'A slide is a DICOM file or a TIFF.');
  }

  admit(): void {
    if (this.underWay < this.settings.maxInFlight) return;
    throw new DeepHealthError('DH_QUEUE_FULL', 'As many slides as are taken at a time are under way.', {
      retryAfterMs: 1_000,
    });
  }

  /** A slide is known by its digest, and not by whom it is of. */
  noteSlide(input: Buffer): void {
    this.log.push(`a slide of ${input.length} bytes`);
  }

  digestOf(input: Buffer): string {
    return createHash('sha256').update(input).digest('hex');
  }

  timeOf({ deadlineMs, signal }: CallContext): { deadlineMs: number; signal: AbortSignal } {
    return { deadlineMs, signal };
  }

  /** The runtime's own; what the way to it raises in words that give nothing of it away. */
  errorOf(error: DeepHealthError): Error {
    return error.code === 'DH_CONNECT_FAILED' ? new DeepHealthError(error.code, ERROR_CATALOG[error.code].docs) : error;
  }

  runsOf({ runs }: FilledMap): adapterV1.ModelRun[] {
    return [...runs];
  }

  stop(): void {
    this.client.close();
  }
}

function readBindings(folder: string): Bound[] {
  const { name, version } = JSON.parse(readFileSync(join(folder, 'model.json'), 'utf8')) as {
    name: string;
    version: string;
  };
  const packageSha256 = createHash('sha256')
    .update(readFileSync(join(folder, 'SHA256SUMS')))
    .digest('hex');
  const text = readFileSync(join(folder, 'bindings', 'digital-pathology.json'), 'utf8');
  return (JSON.parse(text) as PathologyBinding).analyses.map((analysis) => ({
    id: `${name}/${version}/${analysis.label}`,
    ...{ analysis, model: { name, version, packageSha256 } },
  }));
}
