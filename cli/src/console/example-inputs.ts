import type { GoldenCase, GoldenInput, GoldenTableValue } from '@deephealth/sdk';

/** The inputs of a golden case as a file that `deephealth predict` takes. */
export interface ExampleInput {
  /** Ending of the file's name, with its dot. */
  readonly ending: string;
  readonly mediaType: string;
  readonly bytes: Buffer;
}

const IMAGE_ENDINGS: Readonly<Record<string, string>> = {
  'image/png': '.png',
  'image/jpeg': '.jpg',
  'image/tiff': '.tif',
  'image/bmp': '.bmp',
  'application/dicom': '.dcm',
};

/** As the very file where the case holds one, else as JSON. */
export function exampleInput({ inputs }: GoldenCase): ExampleInput {
  const all = Object.values(inputs);
  const [only] = all;
  const simple = only === undefined || all.length > 1 ? undefined : simpleInput(only);
  return simple ?? json({ inputs });
}

function simpleInput(input: GoldenInput): ExampleInput | undefined {
  if ('table' in input) return json(Object.fromEntries(Object.entries(input.table).map(toColumn)));
  if ('image' in input) {
    const { base64, mediaType, frame = 0, grid } = input.image;
    const ending = IMAGE_ENDINGS[mediaType];
    if (ending === undefined || frame !== 0 || grid !== undefined) return undefined;
    return { ending, mediaType, bytes: Buffer.from(base64, 'base64') };
  }
  if ('volume' in input && input.volume.file !== undefined) {
    const { base64, mediaType } = input.volume.file;
    const bytes = Buffer.from(base64, 'base64');
    if (mediaType === 'application/dicom') return { ending: '.dcm', mediaType, bytes };
    const isCompressed = bytes[0] === 0x1f && bytes[1] === 0x8b;
    return { ending: isCompressed ? '.nii.gz' : '.nii', mediaType, bytes };
  }
  if ('sequence' in input && 'text' in input.sequence) {
    return { ending: '.txt', mediaType: 'text/plain; charset=utf-8', bytes: Buffer.from(input.sequence.text) };
  }
  return undefined;
}

/** As `deephealth predict` reads it; a value that is missing for a stated reason is missing there, too. */
function toColumn([name, value]: [string, GoldenTableValue]): [string, unknown] {
  if ('number' in value)
    return [name, value.unit === undefined ? value.number : { value: value.number, unit: value.unit }];
  if ('category' in value) return [name, value.category];
  if ('boolean' in value) return [name, value.boolean];
  return [name, null];
}

function json(document: object): ExampleInput {
  return {
    ending: '.json',
    mediaType: 'application/json',
    bytes: Buffer.from(`${JSON.stringify(document, null, 2)}\n`),
  };
}
