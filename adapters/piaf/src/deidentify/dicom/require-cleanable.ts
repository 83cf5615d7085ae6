import { refusal } from '../refusals.js';
import { numberOf, textOf, textsOf } from './raw-values.js';
import type { RawDataset } from './read-elements.js';
import { PLAIN_MODALITIES, type SopClass, sopClassOf } from './sop-classes.js';

/** Tags that are looked at here and never written. */
export const isLookedAt = (tag: string): boolean => /^60[0-9A-F]{2}0102$/.test(tag);

/** Parts of ImageType that say that a picture is of the glass, and not of what lies on it. */
const OF_THE_GLASS = ['LABEL', 'OVERVIEW', 'MACRO'];

/**
 * What the rules can clean, and nothing else. Its SOP class.
 *
 * @throws DH_DEIDENTIFICATION_REFUSED
 */
export function requireCleanable(dataset: RawDataset, isBig: boolean): SopClass {
  const sopClass = sopClassOf(textOf(dataset, '00080016'));
  if (sopClass === undefined) {
    throw refusal(
      'is a DICOM object of a SOP class that cannot be cleaned by rule: only images, whole slides and waveforms can',
    );
  }
  const imageType = textsOf(dataset, '00080008');
  if (textOf(dataset, '00280302') === 'YES') throw refusal('has recognizable visual features, as it says itself');
  if (textOf(dataset, '00480010') === 'YES') throw refusal('shows the label of the slide, as it says itself');
  if (imageType.some((value) => OF_THE_GLASS.includes(value)))
    throw refusal('is a picture of the label or of the whole glass');
  if (imageType.some((value) => /^SCREEN ?SAVE$/.test(value))) throw refusal('is a picture of a screen');
  if (sopClass.kind === 'slide' && !['VOLUME', 'THUMBNAIL'].includes(imageType[2] ?? '')) {
    throw refusal('does not say that it is a picture of what was scanned on the slide');
  }
  requireNothingBurnedIn(dataset, sopClass);
  for (const [tag, element] of dataset.elements) {
    if (isLookedAt(tag) && numberOf({ elements: new Map([[tag, element]]), others: [] }, tag, isBig) !== 0) {
      throw refusal('has an overlay within its pixels');
    }
  }
  return sopClass;
}

function requireNothingBurnedIn(dataset: RawDataset, { kind, mayHaveBurnedIn }: SopClass): void {
  const stated = textOf(dataset, '00280301');
  if (stated === 'NO') return;
  if (stated !== '') throw refusal('has burned-in annotation, as it says itself');
  const isPlain = kind === 'waveform' || PLAIN_MODALITIES.includes(textOf(dataset, '00080060'));
  if (mayHaveBurnedIn || !isPlain) {
    throw refusal('does not say that it has no burned-in annotation, as pictures of its kind often have');
  }
}
