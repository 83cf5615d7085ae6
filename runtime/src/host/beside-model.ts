import type { PackagedGraph } from '@deephealth/sdk';

/** External data by the names that the graph uses: relative to the folder of the model file. */
export function besideModel({ file: onnxFile, externalData }: PackagedGraph): { file: string; data: Uint8Array }[] {
  const folder = onnxFile.slice(0, onnxFile.lastIndexOf('/') + 1);
  return externalData.map(({ file, data }) => ({
    file: file.startsWith(folder) ? file.slice(folder.length) : file,
    data: Uint8Array.prototype.slice.call(data),
  }));
}
