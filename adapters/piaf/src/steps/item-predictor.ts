import type { ParameterValues } from '../bindings/processing-chain-binding.js';
import type { ItemResult, ResultFile, StagedItem } from './run-folder.js';

/** What a model says of one item, without what the step itself knows. */
export type ItemAnswer = Pick<ItemResult, 'model' | 'ranOn' | 'findings' | 'warnings' | 'files'>;

export interface ItemCall {
  readonly item: StagedItem;
  /** Absolute: the staged file, or the folder of a series. */
  readonly path: string;
  readonly parameters: ParameterValues;
  /** Absolute: the folder for the files of the item; made by whoever writes into it. */
  readonly folder: string;
  /** Path of that folder in results, `files/item-000001`. */
  readonly place: string;
  readonly signal: AbortSignal;
}

/** Asks a model about items; one for all items of a task. */
export interface ItemPredictor {
  /**
   * @throws whatever the model or the runtime refuses; codes of the catalogue whose source is the caller or the
   * model count as a refused item
   */
  predict(call: ItemCall): Promise<ItemAnswer>;
  /** Items that are asked at a time. */
  readonly maxInFlight: number;
}

/** Writes a file of an item and describes it. */
export type WriteResultFile = (name: string, bytes: Uint8Array, mediaType: string) => Promise<ResultFile>;
