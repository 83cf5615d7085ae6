import type { runtimeV1 } from '@deephealth/proto';
import { DeepHealthError, tensorFromValues, toContractTensor } from '@deephealth/sdk';
import type { ServedModel } from '../reference/served-model.js';
import { type ObservedQuestion, SteeredRuntime } from '../targets/steered-runtime.js';
import { decodeTile } from './decode-tile.js';
import type { Picture } from './painted-picture.js';
import { PIXEL_MODEL, PIXEL_OUTPUT, SLIDE_CLASS, SLIDE_INPUT, TILE_MODEL, TILE_OUTPUT } from './pathology-models.js';
import { meanOfRed, weightedRed } from './slide-oracle.js';

/** A tile as it came to the runtime. */
export interface ObservedTile extends ObservedQuestion {
  readonly picture: Picture;
}

const SLIDE_MODELS = [TILE_MODEL, PIXEL_MODEL];

/** The runtime behind an adapter for slides: it computes the answer of a tile from the pixels that came, in float64. */
export class TileRuntime extends SteeredRuntime<ObservedTile> {
  /** In the order in which they came. */
  get tiles(): readonly ObservedTile[] {
    return this.questions;
  }

  isOfPlatform(model: string): boolean {
    return SLIDE_MODELS.includes(model);
  }

  seen({ inputs }: runtimeV1.PredictRequest__Output): Pick<ObservedTile, 'picture'> {
    const { image } = inputs.find(({ name }) => name === SLIDE_INPUT) ?? {};
    try {
      return { picture: decodeTile(image?.data ?? Buffer.alloc(0)) };
    } catch {
      throw new DeepHealthError('DH_MEDIA_UNREADABLE', 'The tile is no PNG or BMP of RGB.');
    }
  }

  answer(served: ServedModel, { request, picture }: ObservedTile): runtimeV1.PredictResponse {
    const finding = served.model.name === TILE_MODEL ? classified(meanOfRed(picture)) : mapped(picture);
    return {
      requestId: request.requestId,
      findings: [finding],
      provenance: { ...this.provenance(served), batchSize: this.batchSize },
      warnings: [{ kind: 'WARNING_KIND_RESEARCH_USE_ONLY', field: '', message: 'For research only.' }],
    };
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
