/** `bindings/processing-chain.json` of a model package, by schemas/processing-chain.schema.json. */
export interface ProcessingChainBinding {
  readonly schemaVersion: 1;
  readonly chains: readonly ChainBinding[];
}

/** One chain: how the model is run over many studies as a job. */
export interface ChainBinding {
  readonly label: string;
  readonly title: string;
  readonly description?: string;
  readonly item: ItemBinding;
  readonly deidentify?: DeidentifyBinding;
  readonly parameters?: readonly ChainParameter[];
  /** Outputs of the model that are asked for. Default all. */
  readonly outputs?: readonly string[];
  /** Files that are written of each map of a slide. Default geojson and crs4, of which those are written that the map has. */
  readonly formats?: readonly string[];
  readonly chunk: { readonly items: number };
  /** What one item that the model refuses does to the run. Default `fail`. */
  readonly onRefusedItem?: 'fail' | 'record';
  readonly resources: ChainResources;
  /** Image for engines with containers. */
  readonly container?: string;
}

/** `file`: one file; `series`: a folder of DICOM files; `slide`: a whole slide. */
export type ItemKind = 'file' | 'series' | 'slide';

export interface ItemBinding {
  readonly kind: ItemKind;
  readonly mediaTypes: readonly ItemMediaType[];
  /** Of `slide`: the label of the analysis of bindings/digital-pathology.json. */
  readonly analysis?: string;
  readonly maxItems?: number;
  readonly maxBytes?: number;
}

export type ItemMediaType =
  | 'application/dicom'
  | 'application/x-nifti'
  | 'application/x-edf'
  | 'application/json'
  | 'image/png'
  | 'image/jpeg'
  | 'image/tiff';

export interface DeidentifyBinding {
  /** `clean` (default) takes out what identifies; `refuse` refuses what still identifies. */
  readonly mode?: 'clean' | 'refuse';
  /** The only columns of a table that are taken. Default those of the model. */
  readonly columns?: readonly string[];
}

export type ParameterName = 'frame' | 'fromS' | 'lengthS' | 'highlight' | 'level' | 'micronsPerPixel';

export interface ChainParameter {
  readonly name: ParameterName;
  readonly description?: string;
  readonly default?: number | boolean;
  readonly minimum?: number;
  readonly maximum?: number;
}

/** Values of a run: those of the caller, else the defaults. */
export type ParameterValues = Readonly<Partial<Record<ParameterName, number | boolean>>>;

/** What one task of the scatter needs. */
export interface ChainResources {
  readonly cores: number;
  readonly ramMiB: number;
  readonly gpus?: number;
  readonly scratchMiB?: number;
  readonly timeLimitS: number;
}

/** What a parameter is, wherever it is described: CWL, OGC, Boutiques, help. */
export const PARAMETER_TYPES = {
  frame: 'integer',
  fromS: 'number',
  lengthS: 'number',
  highlight: 'boolean',
  level: 'integer',
  micronsPerPixel: 'number',
} as const satisfies Record<ParameterName, 'integer' | 'number' | 'boolean'>;

export const DEFAULT_MAX_ITEMS = 10_000;
export const DEFAULT_MAX_ITEM_BYTES = 4 * 2 ** 30;
export const DEFAULT_SLIDE_FORMATS = ['geojson', 'crs4'] as const;
