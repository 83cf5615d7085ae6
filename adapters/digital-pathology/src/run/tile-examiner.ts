import { setTimeout as delay } from 'node:timers/promises';
import { resizeImage } from '@deephealth/native';
import type { runtimeV1 } from '@deephealth/proto';
import { DeepHealthError, type PredictStream } from '@deephealth/sdk';
import { type TilePlan, tileRegion } from '../plan/tile-plan.js';
import { tileEncoder } from './encode-tile.js';
import type { StainNormaliser } from './normalise-stain.js';
import type { PredictSlideOptions } from './predict-slide.js';
import type { RanOn } from './run-state.js';
import type { TileRecord } from './tile-record.js';
import type { TileReader } from './tile-values.js';
import { warningBit } from './warning-kinds.js';

/** Reads tiles, asks the runtime for them, and reads its answers. */
export interface TileExaminer {
  /** Tiles that the runtime takes at a time. */
  readonly maxInFlight: number;
  /** What ran, as the answers say; undefined before the first. */
  readonly ranOn: RanOn | undefined;
  /** From the beginning of a run that goes on: answers must come from the same. */
  expect(ranOn: RanOn | undefined): void;
  examine(column: number, row: number): Promise<TileRecord>;
  close(): void;
}

export interface TileExaminerOptions extends PredictSlideOptions {
  readonly plan: TilePlan;
  readonly reader: TileReader;
  readonly stain?: StainNormaliser;
}

/** A run takes hours: the stream lives as long as it, and a tile that gets no answer ends it. */
const STREAM_MS = 7 * 24 * 3600 * 1000;
const TILE_MS = 5 * 60 * 1000;
/** Waits before a tile is sent again: half a minute together, as a host that is replaced needs. */
const RETRY_MS = [100, 200, 500, 1000, 2000, 5000, 10_000, 15_000];
const NONE = new Float32Array(0);

export async function tileExaminer(options: TileExaminerOptions): Promise<TileExaminer> {
  const { client, model, analysis, plan, reader, stain, signal } = options;
  const input = model.manifest.inputs.find(({ name }) => name === analysis.input);
  const encoder = tileEncoder(input?.kind === 'image' ? input.mediaTypes : []);
  const open = () =>
    client.predictStream({
      deadlineMs: Math.min(STREAM_MS, (options.deadlineMs ?? Number.POSITIVE_INFINITY) - Date.now()),
      ...(signal === undefined ? {} : { signal }),
    });
  let stream: Promise<PredictStream> = open();
  const { maxInFlight } = await stream;
  let ranOn: RanOn | undefined;
  let isClosed = false;

  const check = ({ provenance }: runtimeV1.PredictResponse__Output) => {
    const now: RanOn = {
      server: provenance?.runtime ?? '',
      engine: provenance?.engine ?? '',
      executionProvider: provenance?.executionProvider ?? '',
      onnxSha256: provenance?.onnxSha256 ?? '',
    };
    ranOn ??= now;
    const differs = (Object.keys(now) as (keyof RanOn)[]).find((name) => now[name] !== ranOn?.[name]);
    if (differs === undefined) return;
    throw new DeepHealthError(
      'DH_RUN_STATE_MISMATCH',
      `The run began with another ${differs} than now answers. A map is made by one alone: remove the folder of the run to begin anew.`,
      { details: { field: differs, expected: ranOn[differs], received: now[differs] } },
    );
  };

  const ask = async (itemId: string, request: runtimeV1.PredictRequest) => {
    for (let attempt = 0; ; attempt++) {
      const current = stream;
      try {
        return await answerWithin((await current).predict(itemId, request));
      } catch (thrown) {
        const error = DeepHealthError.from(thrown);
        if (!error.retryable || attempt >= RETRY_MS.length || signal?.aborted || isClosed) throw error;
        await delay(RETRY_MS[attempt], undefined, signal === undefined ? {} : { signal }).catch(() => {
          throw error;
        });
        // The first one that saw it fail opens another; a stream that only refused one item is kept.
        if (stream === current && isBroken(error)) {
          stream = open();
          stream.catch(() => undefined);
        }
      }
    }
  };

  return {
    maxInFlight,
    get ranOn() {
      return ranOn;
    },
    expect(before) {
      ranOn ??= before;
    },
    async examine(column, row) {
      let pixels: Uint8Array;
      try {
        pixels = await readTile(options, column, row);
      } catch (error) {
        const isUnreadable = DeepHealthError.from(error).code === 'DH_SLIDE_REGION_UNREADABLE';
        if (!isUnreadable || options.unreadable !== 'mark') throw error;
        return { column, outcome: 'unread', warnings: 0, values: NONE };
      }
      stain?.({ pixels, width: plan.tileSize, height: plan.tileSize });
      const image = { data: encoder.encode(pixels, plan.tileSize), mediaType: encoder.mediaType };
      try {
        const response = await ask(`${row}/${column}`, {
          requestId: `tile-${row}-${column}`,
          ...{ modelName: model.manifest.name, modelVersion: model.manifest.version },
          expectedPackageSha256: model.packageSha256,
          inputs: [{ name: analysis.input, image }],
          outputs: [...analysis.outputs],
          priority: 'PRIORITY_BATCH',
        });
        check(response);
        options.onAnswer?.(response);
        const values = reader.read(response.findings, plan.tileSize);
        const warnings = response.warnings.reduce((bits, { kind }) => bits | warningBit(kind), 0);
        return values === undefined
          ? { column, outcome: 'abstained', warnings, values: NONE }
          : { column, outcome: 'examined', warnings, values };
      } catch (error) {
        // The model's own rule for what it was not trained on: there is no value, and the run goes on.
        if (DeepHealthError.from(error).code !== 'DH_INPUT_UNLIKE_TRAINING') throw error;
        return {
          column,
          outcome: 'abstained',
          warnings: warningBit('WARNING_KIND_UNLIKE_TRAINING_DATA'),
          values: NONE,
        };
      }
    },
    close() {
      isClosed = true;
      void stream.then((one) => one.cancel()).catch(() => undefined);
    },
  };
}

async function readTile(
  { slide, plan, signal }: TileExaminerOptions,
  column: number,
  row: number,
): Promise<Uint8Array> {
  const region = tileRegion(plan, column, row);
  const pixels = await slide.readRegion({ level: plan.level, ...region }, signal);
  const prepared = reduced(pixels, plan);
  if (plan.preparedSize === plan.tileSize) return prepared;
  // The middle: the wider margin was there for whole pixels alone.
  const { preparedSize: side, tileSize } = plan;
  const cut = (side - tileSize) / 2;
  const tile = new Uint8Array(tileSize * tileSize * 3);
  for (let y = 0; y < tileSize; y++) {
    const from = ((y + cut) * side + cut) * 3;
    tile.set(prepared.subarray(from, from + tileSize * 3), y * tileSize * 3);
  }
  return tile;
}

/** By what a pixel covers: without aliases, in whole numbers, the same bits everywhere. */
function reduced(pixels: Uint8Array, { readSize, preparedSize: side }: TilePlan): Uint8Array {
  if (readSize === side) return pixels;
  const output = new Uint8Array(side * side * 3);
  const from = { width: readSize, height: readSize, channels: 3 };
  resizeImage(pixels, from, { width: side, height: side }, 'area', output);
  return output;
}

async function answerWithin<T>(answer: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(
        new DeepHealthError(
          'DH_DEADLINE_EXCEEDED',
          `A tile got no answer in ${TILE_MS / 1000} s. What was computed is kept: run the same command again.`,
        ),
      );
    }, TILE_MS);
  });
  try {
    return await Promise.race([answer, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Errors after which a stream takes no more. */
function isBroken({ code }: DeepHealthError): boolean {
  return code === 'DH_CONNECT_FAILED' || code === 'DH_SERVER_STOPPING' || code === 'DH_RESPONSE_INVALID';
}
