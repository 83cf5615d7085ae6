import type { runtimeV1 } from '@deephealth/proto';
import {
  DEFAULT_MAX_TENSOR_ELEMENTS,
  DeepHealthError,
  type DistributionLimit,
  type InputSpec,
  type Manifest,
  type TensorSpec,
  toTypedArray,
} from '@deephealth/sdk';
import { admitOwn } from '../admission/admit-own.js';
import { digestInputs } from '../host/input-digest.js';
import type { ModelInput } from '../host/model-input.js';
import { toInputDescriptor } from '../services/contract-messages.js';
import { checkPreparedTensor } from '../steps/check-prepared-tensor.js';
import { checkInputs } from '../steps/check-steps.js';
import { prepareTensor } from '../steps/prepare-tensor.js';
import { channelStatistic } from './channel-statistics.js';
import { channelViews } from './channel-views.js';

type Statistic = DistributionLimit['statistic'];
export const STATISTICS: readonly Statistic[] = ['mean', 'std', 'saturated', 'flat'];

/** What one case looks like behind the steps of a model. */
export interface MeasuredCase {
  /** SHA-256 over what was sent, as provenance has it. */
  readonly inputsSha256: string;
  readonly inputs: readonly InputMeasure[];
}

export interface InputMeasure {
  /** Name of the input. */
  readonly input: string;
  /** Of each channel the lowest and the highest value that any row of the case has. */
  readonly channels: readonly Readonly<Record<Statistic, readonly [lowest: number, highest: number]>>[];
}

/** The steps of a model, for tools that look at what they make of data. */
export interface InputMeasurer {
  /** What files are read for, as a server describes it. */
  readonly descriptor: Pick<runtimeV1.ModelDescriptor__Output, 'inputs'>;
  /** Names of the inputs that limits can be taken of. */
  readonly limited: readonly string[];
  /**
   * Prepares a case as the model host does, and measures what came of it. Limits that the manifest has
   * already do not count. Throws what a server would refuse the case with.
   */
  measure(inputs: readonly runtimeV1.NamedInput[]): Promise<MeasuredCase>;
}

/**
 * Throws DH_MANIFEST_INVALID for steps that contradict each other, or where no input can have limits:
 * those of tables are ranges of columns.
 */
export function createInputMeasurer(manifest: Manifest): InputMeasurer {
  checkInputs(manifest);
  const tensorOf = ({ feeds }: InputSpec) => manifest.tensors.inputs.find(({ name }) => name === feeds) as TensorSpec;
  const limited = manifest.inputs.filter(
    (input) =>
      input.kind !== 'table' && input.kind !== 'sequence' && ['FP32', 'FP64'].includes(tensorOf(input).dataType),
  );
  if (limited.length === 0) {
    throw new DeepHealthError(
      'DH_MANIFEST_INVALID',
      'model.json: No input can have limits: they are of tensors, signals, images and volumes of FP32 and FP64. The columns of a table have trainingRange.',
      { details: { file: 'model.json', field: '/inputs' } },
    );
  }
  return {
    descriptor: { inputs: manifest.inputs.map(toInputDescriptor) as runtimeV1.InputDescriptor__Output[] },
    limited: limited.map(({ name }) => name),
    async measure(inputs) {
      const admitted = admitOwn(manifest, inputs, DEFAULT_MAX_TENSOR_ELEMENTS).inputs;
      const measures: InputMeasure[] = [];
      for (const spec of limited) {
        measures.push(await measureInput(spec, tensorOf(spec), admitted[spec.name] as ModelInput));
      }
      return { inputsSha256: digestInputs(admitted), inputs: measures };
    },
  };
}

async function measureInput(spec: InputSpec, tensor: TensorSpec, input: ModelInput): Promise<InputMeasure> {
  const prepared = await prepareTensor(spec, input);
  checkPreparedTensor(spec.name, tensor, prepared);
  const { dataType, shape, data } = prepared;
  const values =
    data instanceof Float32Array ? data : toTypedArray(dataType as 'FP32' | 'FP64', data, { mayBorrow: true });
  const channels: Record<Statistic, [number, number]>[] = [];
  for (const view of channelViews(spec, shape, values)) {
    channels[view.channel] ??= { mean: nothing(), std: nothing(), saturated: nothing(), flat: nothing() };
    for (const statistic of STATISTICS) {
      const value = channelStatistic(statistic, view);
      if (!Number.isFinite(value)) {
        throw new DeepHealthError(
          'DH_VALUE_NOT_FINITE',
          `Input "${spec.name}": what its steps give is not finite everywhere, so that it has no ${statistic}.`,
          { details: { input: spec.name } },
        );
      }
      const range = (channels[view.channel] as Record<Statistic, [number, number]>)[statistic];
      range[0] = Math.min(range[0], value);
      range[1] = Math.max(range[1], value);
    }
  }
  return { input: spec.name, channels };
}

function nothing(): [number, number] {
  return [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
}
