import type { Manifest } from '@deephealth/sdk';

/** What computes a model, in the words of the protocol. */
export interface ModelPlatform {
  readonly platform: string;
  readonly backend: string;
}

/** Names of Triton where one graph is run by ONNX Runtime, names of our own for what Triton does not have. */
export function modelPlatform({ onnx, pipeline }: Manifest): ModelPlatform {
  if (onnx !== undefined) return { platform: 'onnxruntime_onnx', backend: 'onnxruntime' };
  return { platform: pipeline === undefined ? 'deephealth_remote' : 'deephealth_pipeline', backend: 'deephealth' };
}
