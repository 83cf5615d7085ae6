import type { ItemMediaType } from '../bindings/processing-chain-binding.js';

/** What is done to files of one kind, for people. */
export interface CleaningRule {
  readonly mediaType: ItemMediaType;
  readonly format: string;
  readonly kept: string;
  readonly replaced: string;
  readonly removed: string;
  readonly refused: string;
}

const RULES: readonly CleaningRule[] = [
  {
    mediaType: 'application/dicom',
    format: 'DICOM images, whole slides and waveforms',
    kept: 'Attributes of an allow-list: pixels and how they are described, frames, place and orientation, windows and rescaling, modality, laterality, part of the body by defined terms and public codes, whole-slide geometry, waveforms and their channels. Transfer syntax.',
    replaced:
      'Every UID, by a keyed hash; patient, study and accession attributes that must be there, by empty ones; meanings of codes, by the codes; comments within compressed pixels, by zeroes.',
    removed:
      'All other attributes at every depth, private ones among them; overlays, curves, graphics; texts of colour profiles; the preamble; what follows the pixels.',
    refused:
      'Burned-in annotation, stated or not denied where it is usual; recognizable visual features; pictures of labels and of whole glasses; reports, presentation states, segmentations, encapsulated documents, radiotherapy; video; overlays within pixels; unknown VRs.',
  },
  {
    mediaType: 'image/tiff',
    format: 'TIFF and BigTIFF, Aperio SVS',
    kept: 'Levels of a slide, or pages of a picture: tiles and strips where they were, tags that decoders need, orientation, resolution.',
    replaced: "Aperio's description, by extents, magnification, micrometres of a pixel and other listed numbers.",
    removed:
      'Label, macro image and thumbnail with their pixels; all other tags, private ones, XMP, IPTC, EXIF and GPS among them; texts of colour profiles; comments within tiles; everything that no kept directory leads to.',
    refused: 'NDPI, SCN, Philips, Ventana, Trestle and other slides that are more than TIFF; unknown compressions.',
  },
  {
    mediaType: 'application/x-edf',
    format: 'EDF, EDF+, BDF, BDF+',
    kept: 'Samples, rates, ranges, labels and units of the vocabulary of such recordings, transducers and filters in known forms, when each record begins.',
    replaced: 'Patient and recording by "X X X X", date and time by 01.01.85 00.00.00.',
    removed: 'Texts of annotations, reserved fields, other texts, what follows the records.',
    refused: 'Labels and units that are not of the vocabulary.',
  },
  {
    mediaType: 'application/x-nifti',
    format: 'NIfTI-1 and NIfTI-2, also compressed',
    kept: 'Voxels, their type, scale, place and orientation.',
    replaced: 'Compressed files by files that are not.',
    removed: 'Texts of the header, extensions, the name of the file in a gzip stream, what follows the voxels.',
    refused: 'Pairs of .hdr and .img, more than three axes.',
  },
  {
    mediaType: 'image/png',
    format: 'PNG',
    kept: 'Pixels, palette, transparency, what colours depend on, proportions.',
    replaced: 'The colour profile by one without texts.',
    removed: 'All other chunks: texts, EXIF, times, further frames; what follows the picture.',
    refused: 'EXIF that turns or mirrors; bytes hidden within the pixels.',
  },
  {
    mediaType: 'image/jpeg',
    format: 'JPEG',
    kept: 'Coded picture and tables, what decoders need of JFIF and Adobe.',
    replaced: 'The colour profile by one without texts.',
    removed: 'Comments, EXIF, XMP, thumbnails and other data of applications; what follows the picture.',
    refused: 'EXIF that turns or mirrors.',
  },
  {
    mediaType: 'application/json',
    format: 'Table of one row',
    kept: 'The listed columns: numbers, true, false, null, categories, units.',
    replaced: 'The notation, by one that is always the same.',
    removed: 'All other columns and members.',
    refused: 'Texts that are no categories or units; other JSON.',
  },
];

/** What is kept, replaced, removed and refused, by media type. */
export function describeCleaning(): readonly CleaningRule[] {
  return RULES;
}
