import type { CodeReference, ServiceBinding } from './cds-hooks-binding.js';

/** Where a value is looked for, and by which codes. */
export interface InputSource {
  readonly from: string;
  readonly codes?: readonly CodeReference[];
}

/** By the name that a feature has: a column of a table, or the signal or image as a whole. */
export function inputSources({
  features,
  signal,
  image,
  input,
}: ServiceBinding): Readonly<Record<string, InputSource>> {
  if (image !== undefined) return { [input]: { from: image.from, codes: image.codes } };
  if (signal !== undefined) {
    const ofChannels = Object.values(signal.channels ?? {}).flatMap(({ codes }) => codes);
    return { [input]: { from: signal.from, codes: signal.codes ?? ofChannels } };
  }
  return features ?? {};
}
