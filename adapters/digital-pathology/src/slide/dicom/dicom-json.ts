/** An attribute in the DICOM JSON model (PS3.18, F.2). */
export interface DicomJsonElement {
  readonly vr: string;
  readonly Value?: readonly unknown[];
  readonly InlineBinary?: string;
  readonly BulkDataURI?: string;
}

/** A data set in the DICOM JSON model, by tag in eight hex digits, upper case. */
export type DicomJson = Readonly<Record<string, DicomJsonElement>>;

function valuesOf(dataset: DicomJson, tag: string): readonly unknown[] {
  const element = Object.hasOwn(dataset, tag) ? dataset[tag] : undefined;
  return Array.isArray(element?.Value) ? element.Value : [];
}

export function textsOf(dataset: DicomJson, tag: string): readonly string[] {
  return valuesOf(dataset, tag).map((value) => (typeof value === 'string' ? value.trim() : ''));
}

/** The first value of an attribute of text; empty if there is none. */
export function textOf(dataset: DicomJson, tag: string): string {
  return textsOf(dataset, tag)[0] ?? '';
}

/** Numbers of an attribute; NaN for a value that is none. Servers write decimals as text, too. */
export function numbersOf(dataset: DicomJson, tag: string): readonly number[] {
  return valuesOf(dataset, tag).map((value) => {
    if (typeof value === 'number') return value;
    return typeof value === 'string' && value.trim() !== '' ? Number(value) : Number.NaN;
  });
}

/** The first number of an attribute; undefined if it is absent or empty. */
export function numberOf(dataset: DicomJson, tag: string): number | undefined {
  return numbersOf(dataset, tag)[0];
}

/** Items of a sequence; none if it is absent. */
export function itemsOf(dataset: DicomJson, tag: string): readonly DicomJson[] {
  return valuesOf(dataset, tag).filter((item) => typeof item === 'object' && item !== null) as readonly DicomJson[];
}

/** Bytes that are written into the data set itself; undefined if they are elsewhere or absent. */
export function bytesOf(dataset: DicomJson, tag: string): Uint8Array | undefined {
  const text = Object.hasOwn(dataset, tag) ? dataset[tag]?.InlineBinary : undefined;
  return typeof text === 'string' && text !== '' ? new Uint8Array(Buffer.from(text, 'base64')) : undefined;
}
