/** Of every kind of file that the gate cleans. */
export const MEDIA_TYPES: readonly string[] = [
  'application/dicom',
  'application/x-nifti',
  'application/x-edf',
  'application/json',
  'image/png',
  'image/jpeg',
  'image/tiff',
];
