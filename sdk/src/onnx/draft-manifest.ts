import { DeepHealthError } from '../errors/deephealth-error.js';
import type {
  DraftNote,
  ExternalDataFile,
  InputSpec,
  Manifest,
  OnnxFiles,
  OutputSpec,
  TensorSpec,
} from '../package/manifest.js';
import { draftImageInput, type ImageDraftOptions } from './draft-image-input.js';
import { draftSignalInput, type SignalDraftOptions } from './draft-signal-input.js';
import { draftVolumeInput, type VolumeDraftOptions } from './draft-volume-input.js';
import { guessClassification } from './guess-classification.js';
import { readImageMetadata } from './image-metadata.js';
import type { GraphValue, OnnxGraph } from './onnx-graph.js';
import { isFromEddl } from './producer.js';
import { quoteName } from './quote-name.js';

/** What a draft is told that no graph says. */
export interface DraftManifestOptions {
  readonly name: string;
  readonly version: string;
  /** Path of the .onnx file inside the package. */
  readonly onnxFile: string;
  /** SHA-256 of the .onnx file, in lower-case hex. */
  readonly onnxSha256: string;
  readonly externalData?: readonly ExternalDataFile[];
  /** What the file was and what was changed, if it was rewritten. */
  readonly rewritten?: Required<Pick<OnnxFiles, 'original' | 'rewrites'>>;
  /** How images are prepared; what the file's metadata say where it is left out. */
  readonly image?: ImageDraftOptions;
  /** Instead of images: how volumes come. */
  readonly volume?: VolumeDraftOptions;
  /** Instead of images: what signals are. */
  readonly signal?: SignalDraftOptions;
}

/** Texts that only the people behind the model can write. */
const TEXT_FIELDS = [
  ['/title', 'To be written: what is it called in front of clinicians?'],
  ['/intendedUse', 'To be written: for which question, which patients, which setting and which users?'],
  ['/limitations', 'To be written: for whom and on which data has it not been tested, and when must it not be used?'],
  ['/license', 'To be written: an SPDX expression, or who may use it.'],
] as const;

/**
 * A first manifest from what the graph says. Everything that the graph does not say is marked in
 * `draft` with its JSON pointer, and a package with a draft is never served: a person confirms or
 * corrects each entry and deletes it.
 *
 * @throws DeepHealthError DH_GRAPH_OUTPUT_NOT_TENSOR or DH_GRAPH_UNSUPPORTED for an input or output
 * that no manifest can describe: not a tensor, of an unknown element type, or with a name that is
 * empty, longer than 128 characters or has control characters.
 */
export function draftManifest(graph: OnnxGraph, options: DraftManifestOptions): Manifest {
  const draft: DraftNote[] = TEXT_FIELDS.map(([field, question]) => ({ field, guess: question }));
  draft.push({
    field: '/researchUseOnly',
    guess: 'Assumed true: set it to false only for a device that is cleared for its use.',
  });
  const [title, intendedUse, limitation, license] = TEXT_FIELDS.map(([, question]) => question);
  const tensors = {
    inputs: graph.inputs.map((value, index) =>
      draftTensor(value, `/tensors/inputs/${index}`, 'DH_GRAPH_UNSUPPORTED', draft),
    ),
    outputs: graph.outputs.map((value, index) =>
      draftTensor(value, `/tensors/outputs/${index}`, 'DH_GRAPH_OUTPUT_NOT_TENSOR', draft),
    ),
  };
  if (tensors.inputs.length === 0) {
    throw new DeepHealthError(
      'DH_GRAPH_UNSUPPORTED',
      'The graph has no input, so its result is always the same. Export the model with its input.',
    );
  }
  const producer = `${graph.producerName} ${graph.producerVersion}`.trim();
  return {
    schemaVersion: 1,
    name: options.name,
    version: options.version,
    title: title ?? '',
    intendedUse: intendedUse ?? '',
    limitations: [limitation ?? ''],
    license: license ?? '',
    researchUseOnly: true,
    ...(producer === '' ? {} : { producer }),
    onnx: {
      file: options.onnxFile,
      sha256: options.onnxSha256,
      ...(options.externalData?.length ? { externalData: options.externalData } : {}),
      ...(options.rewritten?.rewrites.length ? options.rewritten : {}),
    },
    tensors,
    inputs: graph.inputs.map((value, index) => draftInput(graph, value, index, options, draft)),
    outputs: graph.outputs.map((value, index) => draftOutput(graph, value, index, draft)),
    draft,
  };
}

function draftTensor(
  value: GraphValue,
  pointer: string,
  codeIfNotTensor: 'DH_GRAPH_OUTPUT_NOT_TENSOR' | 'DH_GRAPH_UNSUPPORTED',
  draft: DraftNote[],
): TensorSpec {
  const { name, kind, dataType, shape } = value;
  if (kind !== 'tensor') {
    throw cannotDescribe(
      codeIfNotTensor,
      name,
      `is a ${kind}, not a tensor. Export the model with tensors only (zipmap off).`,
    );
  }
  if (dataType === undefined) {
    throw cannotDescribe(
      'DH_GRAPH_UNSUPPORTED',
      name,
      `has elements of ${value.elementType}. Cast it to a common type before the export.`,
    );
  }
  if (name === '' || [...name].length > 128 || /[\u0000-\u001f\u007f]/.test(name)) {
    throw cannotDescribe(
      'DH_GRAPH_UNSUPPORTED',
      name,
      'has a name that is empty, longer than 128 characters or has control characters. Rename it at export.',
    );
  }
  const note = shapeNote(shape);
  if (note !== undefined) draft.push({ field: `${pointer}/shape`, guess: note });
  return {
    name,
    dataType,
    shape: (shape ?? [undefined]).map((extent) => (typeof extent === 'number' ? extent : -1)),
  };
}

/** What to check of a shape; undefined if all its extents are fixed. */
function shapeNote(shape: GraphValue['shape']): string | undefined {
  if (shape === undefined) return 'The graph states no shape; one varying extent was assumed. Write the real shape.';
  const varying = shape.flatMap((extent, axis) =>
    typeof extent === 'number' ? [] : [`${axis}${extent === undefined ? '' : ` (${quoteName(extent)})`}`],
  );
  if (varying.length === 0) return undefined;
  const batch = typeof shape[0] === 'number' ? '' : ' The first one was taken for the batch.';
  return `Varying extents at axis ${varying.join(', ')}.${batch} Fix those that do not vary, and set maxExtent for the others.`;
}

function draftInput(
  graph: OnnxGraph,
  value: GraphValue,
  index: number,
  options: DraftManifestOptions,
  draft: DraftNote[],
): InputSpec {
  const name = draftName(graph, value, 'input', index, draft);
  const described = draftDescribed(graph, value, name, index, options, draft);
  if (described !== undefined) return described;
  draft.push({
    field: `/inputs/${index}`,
    guess:
      'Taken as a plain tensor that the caller has pre-processed. Describe it as table, signal, image, volume or sequence, with units, valid ranges and steps, if it is one.',
  });
  return { name, kind: 'tensor', feeds: value.name };
}

/** An input of the kind that the options speak of; undefined where the tensor is none such. */
function draftDescribed(
  graph: OnnxGraph,
  value: GraphValue,
  name: string,
  index: number,
  options: DraftManifestOptions,
  draft: DraftNote[],
): InputSpec | undefined {
  if (options.volume !== undefined) return draftVolumeInput(value, name, index, options.volume, draft);
  if (options.signal !== undefined) return draftSignalInput(value, name, index, options.signal, draft);
  const image = options.image ?? readImageMetadata(graph.metadata);
  return Object.keys(image).length > 0 ? draftImageInput(value, name, index, image, draft) : undefined;
}

function draftOutput(graph: OnnxGraph, value: GraphValue, index: number, draft: DraftNote[]): OutputSpec {
  const name = draftName(graph, value, 'output', index, draft);
  const guess = guessClassification(graph, value);
  if (guess === undefined) {
    draft.push({
      field: `/outputs/${index}`,
      guess:
        'Taken as a plain tensor. Describe it as classification or regression, with classes or units, if it is one.',
    });
    return { name, kind: 'tensor', from: value.name };
  }
  draft.push(
    {
      field: `/outputs/${index}/kind`,
      guess: `Taken as a classification because ${guess.operator} makes it. Check that it holds class probabilities.`,
    },
    {
      field: `/outputs/${index}/mode`,
      guess: `Taken as ${guess.mode}. Check whether the classes exclude each other.`,
    },
    {
      field: `/outputs/${index}/classes`,
      guess: 'The labels are made up. Write the real ones, in tensor order, with codes and thresholds.',
    },
  );
  return {
    name,
    kind: 'classification',
    from: value.name,
    mode: guess.mode,
    classes: Array.from({ length: guess.classCount }, (_, label) => ({ label: `class-${label}` })),
  };
}

/**
 * What callers call an input or output. EDDL numbers layers over the whole process, so that the names in
 * its files change from one export to the next; there it is the role, told by the position in the file.
 */
function draftName(
  graph: OnnxGraph,
  { name }: GraphValue,
  role: 'input' | 'output',
  index: number,
  draft: DraftNote[],
): string {
  if (!isFromEddl(graph)) return name;
  const stable = index === 0 ? role : `${role}_${index + 1}`;
  draft.push({
    field: `/${role}s/${index}/name`,
    guess: `Named by its position: EDDL calls the tensor ${quoteName(name)}, and may call it otherwise in the next export. Give it the name of what it is; a new export then needs new tensor names only.`,
  });
  return stable;
}

function cannotDescribe(
  code: 'DH_GRAPH_OUTPUT_NOT_TENSOR' | 'DH_GRAPH_UNSUPPORTED',
  name: string,
  problem: string,
): DeepHealthError {
  return new DeepHealthError(code, `The tensor ${quoteName(name)} ${problem}`, {
    details: { tensor: name.slice(0, 128) },
  });
}
