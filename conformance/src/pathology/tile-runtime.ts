import type { runtimeV1 } from '@deephealth/proto';
import { type CallContext, DeepHealthError, type ErrorCode, tensorFromValues, toContractTensor } from '@deephealth/sdk';
import { ReferenceRuntime } from '../reference/reference-runtime.js';
import type { ServedModel } from '../reference/served-model.js';
import { decodeTile } from './decode-tile.js';
import type { Picture } from './painted-picture.js';
import { PIXEL_MODEL, PIXEL_OUTPUT, SLIDE_CLASS, SLIDE_INPUT, TILE_MODEL, TILE_OUTPUT } from './pathology-models.js';
import { meanOfRed, weightedRed } from './slide-oracle.js';

/** A tile as it came to the runtime, over Predict or as an item of a stream. */
export interface ObservedTile {
  readonly request: runtimeV1.PredictRequest__Output;
  readonly picture: Picture;
  /** Until the deadline when it came, in ms; Infinity without one. */
  readonly remainingMs: number;
  /** As performance.now(). */
  readonly receivedAt: number;
  /** When the caller left, unless it was answered before. */
  cancelledAt?: number;
  /** What was answered, unless it was refused. */
  response?: runtimeV1.PredictResponse;
}

/** What the runtime does with some tiles instead of answering them at once. */
export interface TileBehaviour {
  /** By their number since it began to behave so. Default all. */
  isFor?(number: number, tile: ObservedTile): boolean;
  readonly delayMs?: number;
  /** Never answers. */
  readonly hang?: true;
  readonly refuse?: { readonly code: ErrorCode; readonly message: string };
  change?(response: runtimeV1.PredictResponse, number: number): runtimeV1.PredictResponse;
}

const SLIDE_MODELS = [TILE_MODEL, PIXEL_MODEL];
/** Answers can be told apart by it. */
const BATCH_SIZES = 7;

/**
 * The runtime behind an adapter for slides: it knows each tile, computes its answer from the pixels that came,
 * in float64, and can refuse, wait and hang tile by tile, however the tiles are sent.
 */
export class TileRuntime extends ReferenceRuntime {
  /** In the order in which they came. */
  readonly tiles: ObservedTile[] = [];
  readonly #watchers = new Set<() => void>();
  readonly #behaviours: { readonly behaviour: TileBehaviour; count: number }[] = [];

  /** With the runtime behaving so. */
  async while<T>(behaviour: TileBehaviour, run: () => Promise<T>): Promise<T> {
    const one = { behaviour, count: 0 };
    this.#behaviours.push(one);
    try {
      return await run();
    } finally {
      this.#behaviours.splice(this.#behaviours.indexOf(one), 1);
    }
  }

  /** The first tile since number `from` that is as wanted, at once or within the time; else undefined. */
  waitFor(
    isWanted: (tile: ObservedTile) => boolean,
    { from, withinMs }: { readonly from: number; readonly withinMs: number },
  ): Promise<ObservedTile | undefined> {
    return new Promise((resolve) => {
      const find = () => this.tiles.slice(from).find(isWanted);
      const finish = () => {
        clearTimeout(timer);
        this.#watchers.delete(look);
        resolve(find());
      };
      const look = () => {
        if (find() !== undefined) finish();
      };
      const timer = setTimeout(finish, withinMs);
      this.#watchers.add(look);
      look();
    });
  }

  // Not async: an answer would come a turn later, and after that of an unload that waits for it.
  override predict(
    request: runtimeV1.PredictRequest__Output,
    context: CallContext,
  ): Promise<runtimeV1.PredictResponse> {
    const isOfSlide = SLIDE_MODELS.includes(request.modelName);
    return isOfSlide ? this.#predictTile(request, context) : super.predict(request, context);
  }

  async #predictTile(
    request: runtimeV1.PredictRequest__Output,
    context: CallContext,
  ): Promise<runtimeV1.PredictResponse> {
    const served = this.admit(request);
    const tile = this.#seen(request, context);
    const used = this.#behaviours.at(-1);
    const number = used === undefined ? 0 : used.count++;
    const behaviour = used?.behaviour.isFor?.(number, tile) === false ? undefined : used?.behaviour;
    if (behaviour?.hang) await ended(context.signal);
    if (behaviour?.delayMs !== undefined) await this.wait(behaviour.delayMs, context.signal);
    if (context.signal.aborted) throw new DeepHealthError('DH_CANCELLED', 'The caller cancelled the call.');
    if (behaviour?.refuse !== undefined) throw new DeepHealthError(behaviour.refuse.code, behaviour.refuse.message);
    const own = this.#answer(served, tile);
    tile.response = behaviour?.change?.(own, number) ?? own;
    this.#changed();
    return tile.response;
  }

  #seen(request: runtimeV1.PredictRequest__Output, { deadlineMs, signal }: CallContext): ObservedTile {
    const { image } = request.inputs.find(({ name }) => name === SLIDE_INPUT) ?? {};
    let picture: Picture;
    try {
      picture = decodeTile(image?.data ?? Buffer.alloc(0));
    } catch {
      throw new DeepHealthError('DH_MEDIA_UNREADABLE', 'The tile is no PNG or BMP of RGB.');
    }
    const tile: ObservedTile = {
      ...{ request, picture },
      ...{ remainingMs: deadlineMs - Date.now(), receivedAt: performance.now() },
    };
    signal.addEventListener('abort', () => {
      if (tile.response === undefined) tile.cancelledAt ??= performance.now();
      this.#changed();
    });
    this.tiles.push(tile);
    this.#changed();
    return tile;
  }

  #answer(served: ServedModel, { request, picture }: ObservedTile): runtimeV1.PredictResponse {
    const finding = served.model.name === TILE_MODEL ? classified(meanOfRed(picture)) : mapped(picture);
    return {
      requestId: request.requestId,
      findings: [finding],
      provenance: { ...this.provenance(served), batchSize: 1 + (this.tiles.length % BATCH_SIZES) },
      warnings: [{ kind: 'WARNING_KIND_RESEARCH_USE_ONLY', field: '', message: 'For research only.' }],
    };
  }

  #changed(): void {
    for (const look of this.#watchers) look();
  }
}

function classified(probability: number): runtimeV1.Finding {
  return {
    name: TILE_OUTPUT,
    classification: {
      mode: 'CLASSIFICATION_MODE_BINARY',
      classes: [
        { label: 'benign', probability: 1 - probability },
        { label: SLIDE_CLASS, probability, threshold: 0.5 },
      ],
      decision: probability >= 0.5 ? [SLIDE_CLASS] : [],
      abstained: false,
    },
  };
}

function mapped(picture: Picture): runtimeV1.Finding {
  const { width, height } = picture;
  const values = tensorFromValues('FP32', [height, width], [...weightedRed(picture)]);
  return {
    name: PIXEL_OUTPUT,
    map: {
      values: toContractTensor(values),
      grid: {
        ...{ size: [height, width], origin: [0, 0], spacing: [1, 1], direction: [0, 1, 1, 0] },
        ...{ unit: 'LENGTH_UNIT_PIXEL', convention: 'COORDINATE_CONVENTION_IMAGE' },
      },
      ...{ quantity: 'probability', unit: '1', minimum: 0, maximum: 1 },
    },
  };
}

function ended(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
