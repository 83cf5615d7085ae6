import type { DataSet } from 'dicom-parser';
import { DicomRefusal } from './dicom-refusal.js';

const SHARED_GROUPS = 'x52009229';
const PER_FRAME_GROUPS = 'x52009230';

/**
 * Where the attributes of one frame stand. Enhanced objects keep them in functional groups (PS3.3,
 * C.7.6.16): those of the frame itself come before those that all frames share. Other objects, and those
 * that leave a group out, keep them in the dataset.
 */
export class FrameAttributes {
  readonly dataset: DataSet;
  readonly #groups: readonly DataSet[];

  /** @throws DicomRefusal for groups that cannot be read, or not one for each frame */
  constructor(dataset: DataSet, frame: number, frames: number) {
    this.dataset = dataset;
    const perFrame = itemsOf(dataset, PER_FRAME_GROUPS);
    if (perFrame !== undefined && perFrame.length !== frames) {
      throw new DicomRefusal(`has ${perFrame.length} functional groups for ${frames} frames`);
    }
    const shared = itemsOf(dataset, SHARED_GROUPS);
    this.#groups = [perFrame?.[frame], shared?.[0]].filter((group) => group !== undefined);
  }

  /** The item of a functional group's sequence; the dataset of a file without it. Throws DicomRefusal. */
  group(sequence: string): DataSet {
    for (const group of this.#groups) {
      const item = itemsOf(group, sequence)?.[0];
      if (item !== undefined) return item;
    }
    return this.dataset;
  }
}

/**
 * Items of a sequence; undefined if it is absent or empty. One that arrives as bytes of unknown VR is
 * refused: what it holds would be missing without a word.
 */
function itemsOf(dataset: DataSet, tag: string): readonly DataSet[] | undefined {
  const element = dataset.elements[tag];
  if (element === undefined || element.length === 0) return undefined;
  const items = element.items?.map((item) => item.dataSet);
  if (items?.every((item) => item !== undefined) !== true) {
    throw new DicomRefusal('has functional groups that cannot be read');
  }
  return items.length === 0 ? undefined : items;
}
