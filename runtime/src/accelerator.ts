import { nativeStatus } from '@deephealth/native';

/** In one line, for people: whether the native addon serves in this process, and if not, why. */
export function describeAccelerator(): string {
  const status = nativeStatus();
  return status.isLoaded
    ? `The native addon serves (${status.simd}).`
    : `${status.reason} onnxruntime-node and the TypeScript kernels serve.`;
}
