import { bytesOf, type DicomJson, itemsOf } from './dicom-json.js';

/** ICC Profile (0028,2000) of the optical path, where the data set holds it. */
export function iccProfileOf(dataset: DicomJson): Uint8Array | undefined {
  const [path] = itemsOf(dataset, '00480105');
  return path === undefined ? undefined : bytesOf(path, '00282000');
}
