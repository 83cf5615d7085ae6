import type { runtimeV1 } from '@deephealth/proto';
import { DeepHealthError } from '@deephealth/sdk';

/** A mask, a map, or the region behind a score, as the writers of images need it. */
export interface GridFinding {
  readonly name: string;
  readonly grid: runtimeV1.Grid__Output;
  /** Row-major, outermost axis first. */
  readonly values: Uint8Array | Uint16Array | Float32Array;
  /** Of a mask; empty for a map. */
  readonly classes: readonly runtimeV1.MaskClass__Output[];
  readonly isMask: boolean;
  readonly isMultilabel: boolean;
  /** True for the region behind a score: what lies above 0 speaks for it. */
  readonly isHighlight: boolean;
}

/** The masks, maps and highlights of a response; a highlight of a signal lies on no picture. */
export function gridFindings(response: runtimeV1.PredictResponse__Output): GridFinding[] {
  return response.findings.flatMap(({ name, mask, map: given, highlight }): GridFinding[] => {
    const map = given ?? highlight;
    const grid = mask?.grid ?? map?.grid;
    const tensor = mask?.labels ?? map?.values;
    if (!grid || !tensor || grid.size.length < 2) return [];
    const bytes = Uint8Array.from(tensor.data).buffer;
    const values =
      tensor.dataType === 'DATA_TYPE_UINT8'
        ? new Uint8Array(bytes)
        : tensor.dataType === 'DATA_TYPE_UINT16'
          ? new Uint16Array(bytes)
          : new Float32Array(bytes);
    return [
      {
        ...{ name, grid, values },
        classes: mask?.classes ?? [],
        isMask: Boolean(mask),
        isMultilabel: mask?.isMultilabel ?? false,
        isHighlight: !mask && !given,
      },
    ];
  });
}

/** The one mask or map of a response. Throws DH_REQUEST_MALFORMED for none, and for several. */
export function onlyGridFinding(response: runtimeV1.PredictResponse__Output, file: string): GridFinding {
  const found = gridFindings(response);
  const [first] = found;
  if (first !== undefined && found.length === 1) return first;
  const names = found.map(({ name }) => `"${name}"`).join(', ');
  throw new DeepHealthError(
    'DH_REQUEST_MALFORMED',
    first === undefined
      ? `"${file}" cannot be written: the model gave no mask or map, and no region behind a score.`
      : `"${file}" can hold one finding, and the model gave ${names}. Choose one with --output.`,
    { details: { file } },
  );
}
