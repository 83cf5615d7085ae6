import { type Manifest, sha256 } from '@deephealth/sdk';

/**
 * SHA-256 over the digests of a pipeline's models in declared order, as 64 hex digits and a line feed
 * each: `onnx_sha256` of its provenance.
 */
export function pipelineOnnxSha256({ pipeline }: Manifest): string {
  if (pipeline === undefined) throw new Error('the manifest has no pipeline');
  return sha256(pipeline.models.map(({ onnx }) => `${onnx.sha256}\n`).join(''));
}
