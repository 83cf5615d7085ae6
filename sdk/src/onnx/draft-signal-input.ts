import { DeepHealthError } from '../errors/deephealth-error.js';
import type { ChannelSpec, DraftNote, SignalInputSpec, SignalStep } from '../package/manifest.js';
import type { GraphValue } from './onnx-graph.js';
import { quoteName } from './quote-name.js';

/** What the recordings of a model are, as an example and somebody say. */
export interface SignalDraftOptions {
  readonly samplingRateHz: number;
  /** In the order of the tensor. */
  readonly channels: readonly Pick<ChannelSpec, 'name' | 'unit' | 'validRange'>[];
}

/** What a varying extent may be where the manifest states nothing else. */
const MOST_SAMPLES = 65_536;

/**
 * A signal input for a tensor of FP32: [batch, channels, samples], or [batch, samples] of one channel.
 * Undefined for any other tensor, such as the windows and frames of a recurrent network.
 *
 * @throws DeepHealthError DH_GRAPH_UNSUPPORTED for a tensor of another number of channels
 */
export function draftSignalInput(
  value: GraphValue,
  name: string,
  index: number,
  { samplingRateHz, channels }: SignalDraftOptions,
  draft: DraftNote[],
): SignalInputSpec | undefined {
  const layout = layoutOf(value);
  if (layout === undefined) return undefined;
  if (layout.channels !== channels.length) {
    throw new DeepHealthError(
      'DH_GRAPH_UNSUPPORTED',
      `The input ${quoteName(value.name)} takes ${layout.channels} channels, and the number of those named is ${channels.length}. Name those of the training, in its order, with --channels.`,
      { details: { input: value.name.slice(0, 128) } },
    );
  }
  const at = `/inputs/${index}`;
  draft.push(
    {
      field: `${at}/channels`,
      guess:
        'Names and units are those of the example. Check their order, and write aliases that other recorders use, and minimumStd if a flat channel is to be refused.',
    },
    {
      field: `${at}/samplingRateHz`,
      guess: `The ${samplingRateHz} Hz of the example; any other rate is refused. Add resample_signal if the training resampled.`,
    },
    { field: `${at}/samples`, guess: samplesNote(layout.samples) },
    {
      field: `${at}/steps`,
      guess:
        'Samples go into the tensor with the values of the file. Write the filters and the scaling of the training.',
    },
  );
  const lengthS = (layout.samples ?? 0) / samplingRateHz;
  // One window of one channel is one row without an axis for channels.
  const steps: SignalStep[] = layout.isRow
    ? [{ op: 'window_signal', lengthS, stepS: lengthS, rows: 'windows_and_channels' }]
    : [];
  return {
    name,
    kind: 'signal',
    feeds: value.name,
    channels,
    samplingRateHz,
    samples: { minimum: layout.samples ?? 1, maximum: layout.samples ?? MOST_SAMPLES },
    steps: [{ op: 'select_channels', channels: channels.map((channel) => channel.name) }, ...steps],
  };
}

function samplesNote(samples: number | undefined): string {
  return samples === undefined
    ? `From 1 to ${MOST_SAMPLES} samples were allowed. Write the lengths of the training.`
    : `Exactly the ${samples} samples of the tensor. A longer recording is sent in parts (predict --from --length), unless window_signal cuts it up and the output is of events.`;
}

interface SignalLayout {
  readonly channels: number;
  /** Undefined where it varies. */
  readonly samples: number | undefined;
  /** True for [batch, samples]. */
  readonly isRow: boolean;
}

function layoutOf({ dataType, shape }: GraphValue): SignalLayout | undefined {
  if (dataType !== 'FP32' || shape === undefined) return undefined;
  const extent = (axis: number) => (typeof shape[axis] === 'number' ? shape[axis] : undefined);
  const channels = extent(1);
  if (shape.length === 2 && channels !== undefined) return { channels: 1, samples: channels, isRow: true };
  if (shape.length !== 3 || channels === undefined) return undefined;
  return { channels, samples: extent(2), isRow: false };
}
