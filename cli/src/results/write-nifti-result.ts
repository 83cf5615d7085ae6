import { DeepHealthError, flipConvention, gridAffine, readNiftiGeometry, writeNifti } from '@deephealth/sdk';
import type { GridFinding } from './grid-finding.js';

/** What places of the same voxel may differ by: NIfTI-1 keeps numbers of 7 digits. */
const TOLERANCE_MM = 1e-3;

/**
 * A mask or map as a NIfTI-1 file on the grid of the input. Where the input is a NIfTI file, its sform,
 * qform, their codes, units and pixdim are kept bit for bit.
 *
 * @param input the input file, if it is NIfTI
 * @throws DH_REQUEST_MALFORMED for a finding that does not lie in a body, and for one that does not lie
 * where the input file does
 */
export async function niftiResult(finding: GridFinding, file: string, input?: Uint8Array): Promise<Buffer> {
  const refuse = (why: string) =>
    new DeepHealthError('DH_REQUEST_MALFORMED', `"${file}" cannot be written: ${why}.`, { details: { file } });
  const lps = gridAffine(finding.grid);
  if (lps === undefined) throw refuse(`"${finding.name}" lies on an image without a place in a body; write .png`);
  const affine = flipConvention(lps);
  const [depth, height, width] = finding.grid.size.map(Number) as [number, number, number];
  const original = input === undefined ? undefined : await readNiftiGeometry(input);
  if (original !== undefined) {
    const isSame =
      String(original.header.size) === String([width, height, depth]) &&
      original.affine.every((value, i) => Math.abs(value - (affine[i] as number)) < TOLERANCE_MM);
    if (!isSame) throw refuse('the finding does not lie where the input file does');
  }
  const image = {
    voxels: finding.values,
    size: [width, height, depth] as const,
    affine,
    description: `DeepHealth ${finding.isMask ? 'mask' : 'map'}, research use`,
  };
  return writeNifti(image, file.toLowerCase().endsWith('.gz'), original?.head);
}
