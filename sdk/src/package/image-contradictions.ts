import type { ImageDecodeStep, ImageInputSpec } from './image-spec.js';
import type { Range } from './manifest.js';

type Say = (field: string, sentence: string) => void;

const DICOM = 'application/dicom';

/** What the schema of an image input cannot say: decoders that fit the media types, and each other. */
export function imageContradictions(input: ImageInputSpec, field: string, say: Say): void {
  const decoders = input.steps
    .map((step, index) => ({ step, at: `${field}/steps/${index}` }))
    .filter((entry): entry is { step: ImageDecodeStep; at: string } => entry.step.op.startsWith('decode_'));
  const ofDicom = decoders.filter(({ step }) => step.op !== 'decode_image');
  const ofOthers = decoders.filter(({ step }) => step.op === 'decode_image');
  for (const { at } of [...ofDicom.slice(1), ...ofOthers.slice(1)]) {
    say(at, 'is a second decoder for the same files. Remove one.');
  }
  const takesDicom = input.mediaTypes.includes(DICOM);
  const takesOthers = input.mediaTypes.some((type) => type !== DICOM);
  const dicomSteps = 'decode_dicom or decode_dicom_colour';
  if (takesDicom !== ofDicom.length > 0) say(`${field}/steps`, pairing(takesDicom, dicomSteps, DICOM));
  if (takesOthers !== ofOthers.length > 0) say(`${field}/steps`, pairing(takesOthers, 'decode_image', 'image/...'));
  if (!takesDicom) {
    for (const name of ['modalities', 'orientation'] as const) {
      if (input[name] !== undefined)
        say(`${field}/${name}`, `is only read of ${DICOM}, which the input does not take.`);
    }
  } else if (input.orientation !== undefined && axisOf(input.orientation.row) === axisOf(input.orientation.column)) {
    say(`${field}/orientation`, 'has rows and columns along the same axis. They are perpendicular.');
  }
  checkRange(input.spacingMm?.validRange, `${field}/spacingMm/validRange`, say);
  checkRange(input.spacingMm?.trainingRange, `${field}/spacingMm/trainingRange`, say);
  for (const { step, at } of ofDicom) {
    checkDicomStep(step, at, say);
    if (ofOthers[0] !== undefined) checkSameScale(step, ofOthers[0].step, ofOthers[0].at, say);
  }
}

function pairing(isTaken: boolean, steps: string, mediaType: string): string {
  return isTaken
    ? `lacks ${steps} for ${mediaType}. Add it, or remove the media type.`
    : `holds ${steps}, but mediaTypes lacks ${mediaType}. Remove one, or add the other.`;
}

function checkDicomStep(step: ImageDecodeStep, at: string, say: Say): void {
  if (step.op !== 'decode_dicom') return;
  if (step.unit !== undefined && step.rescale === 'none') {
    say(`${at}/unit`, 'is of rescaled values, and stored values have none. Set rescale to "file".');
  }
  if (step.monochrome1 === 'invert' && step.window === 'none' && step.rescale === 'file') {
    say(`${at}/monochrome1`, 'inverts values in a unit, which gives values in none. Keep them, or give a window.');
  }
  checkRange(step.validRange, `${at}/validRange`, say);
  checkRange(step.trainingRange, `${at}/trainingRange`, say);
  const { window } = step;
  if (typeof window === 'object' && (window.function ?? 'LINEAR') === 'LINEAR' && window.width < 1) {
    say(`${at}/window/width`, 'is at least 1 for LINEAR. Use LINEAR_EXACT for a smaller one.');
  }
}

/** One model reads the pixels of both decoders, so that they must mean the same. */
function checkSameScale(dicom: ImageDecodeStep, image: ImageDecodeStep, at: string, say: Say): void {
  if (image.op !== 'decode_image') return;
  const values = image.values ?? 'uint8';
  if (dicom.op === 'decode_dicom') {
    if (values !== 'fraction' || dicom.window === 'none') {
      say(at, 'stands beside decode_dicom, so that both must give 0 to 1: "fraction" here, and a window there.');
    }
  } else if (values !== 'uint8') {
    say(`${at}/values`, 'must be "uint8" beside decode_dicom_colour, which gives 0 to 255.');
  }
}

function axisOf(direction: string): number {
  return ['LR', 'AP', 'HF'].findIndex((axis) => axis.includes(direction));
}

function checkRange(range: Range | undefined, field: string, say: Say): void {
  if (range !== undefined && range[0] > range[1]) say(field, 'has its lowest value above its highest. Swap them.');
}
