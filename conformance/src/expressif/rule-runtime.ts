import { createHash } from 'node:crypto';
import type { runtimeV1 } from '@deephealth/proto';
import { type CallContext, tensorFromValues, tensorValues, toContractTensor } from '@deephealth/sdk';
import { rawTensor } from '../oracle/raw-tensor.js';
import type { ServedModel } from '../reference/served-model.js';
import { encodeMessage } from '../targets/channel-call.js';
import { type ObservedQuestion, SteeredRuntime } from '../targets/steered-runtime.js';
import { decodePicture } from '../tensors/named-picture.js';
import { PARTS, RULE_MODELS } from './expressif-models.js';
import { MASK } from './model-rules.js';

const NAMES: readonly string[] = Object.values(RULE_MODELS);

/** The runtime behind an adapter for rule bases. A mask holds the very labels that were sent. */
export class RuleRuntime extends SteeredRuntime<ObservedQuestion> {
  isOfPlatform(model: string): boolean {
    return NAMES.includes(model);
  }

  seen(): object {
    return {};
  }

  async answer(
    served: ServedModel,
    { request }: ObservedQuestion,
    context: CallContext,
  ): Promise<runtimeV1.PredictResponse> {
    const isOfMask = served.manifest.outputs.some(({ kind }) => kind === 'mask');
    const answer = isOfMask ? this.#masked(served, request) : await this.plainAnswer(request, context);
    const inputSha256 = digestOf(request.inputs);
    return { ...answer, provenance: { ...answer.provenance, inputSha256, batchSize: this.batchSize } };
  }

  #masked(served: ServedModel, request: runtimeV1.PredictRequest__Output): runtimeV1.PredictResponse {
    const inputs = this.admitInputs(served, request.inputs);
    if (Object.keys(inputs).length === 0) throw new RangeError('the model of a mask has an input');
    const [{ image, volume } = {}] = request.inputs;
    const { labels, grid } = image ? fromPicture(image) : fromVolume(volume as runtimeV1.Volume__Output);
    return {
      requestId: request.requestId,
      findings: [{ name: MASK, mask: toMask(labels, grid) }],
      provenance: this.provenance(served),
      warnings: [{ kind: 'WARNING_KIND_RESEARCH_USE_ONLY', field: '', message: 'For research only.' }],
    };
  }
}

interface Labelled {
  readonly labels: readonly number[];
  readonly grid: runtimeV1.Grid;
}

function fromPicture({ data, grid }: runtimeV1.Image__Output): Labelled {
  const { height, width, values } = decodePicture(data);
  const isMeasured = grid !== null && grid.spacing.length === 2;
  return {
    labels: [...values],
    grid: {
      ...{ size: [height, width], origin: [0, 0], direction: [0, 1, 1, 0] },
      spacing: isMeasured ? grid.spacing : [1, 1],
      unit: isMeasured ? 'LENGTH_UNIT_MILLIMETRE' : 'LENGTH_UNIT_PIXEL',
      convention: 'COORDINATE_CONVENTION_IMAGE',
    },
  };
}

function fromVolume({ voxels, grid }: runtimeV1.Volume__Output): Labelled {
  if (!voxels || grid === null) throw new RangeError('a volume of the suite has voxels and a grid');
  return { labels: tensorValues(rawTensor(voxels)).map(Number), grid };
}

function toMask(labels: readonly number[], grid: runtimeV1.Grid): runtimeV1.Mask {
  const size = (grid.size ?? []).map(Number);
  const sample = (grid.spacing ?? []).reduce<number>((product, distance) => product * Number(distance), 1);
  const extent = (value: number) => ({
    extent: {
      value: labels.filter((label) => label === value).length * sample,
      unit: size.length === 3 ? 'mm3' : 'mm2',
    },
  });
  return {
    labels: toContractTensor(tensorFromValues('UINT8', size, labels)),
    grid,
    classes: Object.entries(PARTS).map(([label, value]) => ({
      ...{ label, value },
      ...(grid.unit === 'LENGTH_UNIT_MILLIMETRE' && extent(value)),
    })),
    isMultilabel: false,
  };
}

/** Equal inputs have equal digests. */
function digestOf(inputs: readonly runtimeV1.NamedInput__Output[]): string {
  const sorted = [...inputs].sort((a, b) => (a.name < b.name ? -1 : 1));
  return createHash('sha256')
    .update(encodeMessage('Predict', 'request', { inputs: sorted }))
    .digest('hex');
}
