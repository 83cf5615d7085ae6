import { DeepHealthError } from '@deephealth/sdk';

/** A file that is no slide that can be read. @param what follows "The slide" */
export function unreadable(what: string, cause?: unknown): DeepHealthError {
  return new DeepHealthError('DH_SLIDE_UNREADABLE', `The slide ${what}.`, { cause });
}

/** A slide that is read by nothing that is here. @param format for people, such as "MIRAX" */
export function readerMissing(format: string, cause?: unknown): DeepHealthError {
  return new DeepHealthError(
    'DH_SLIDE_READER_MISSING',
    `Slides of the format ${format} are read by OpenSlide, which is not installed here. Install it (package libopenslide0 of Debian and Ubuntu), or convert the slide to DICOM or to a pyramidal TIFF.`,
    { details: { format }, cause },
  );
}

/** A part of a slide that is damaged. @param where names level and place, for people */
export function regionUnreadable(where: string, cause?: unknown): DeepHealthError {
  return new DeepHealthError(
    'DH_SLIDE_REGION_UNREADABLE',
    `A part of the slide cannot be decoded (${where}). Repair the file, or leave that part out.`,
    { cause },
  );
}

/** What a slide answers when it has been closed. */
export function closed(): DeepHealthError {
  return new DeepHealthError('DH_SLIDE_REGION_UNREADABLE', 'The slide is closed. Open it anew.');
}
