/** The hint that asks an engine for GPUs; nothing for a task that needs none. */
export function cudaHint(gpus: number | undefined): Readonly<Record<string, unknown>> {
  if (gpus === undefined || gpus === 0) return {};
  return {
    'cwltool:CUDARequirement': {
      // Both have to be stated. These refuse nothing that is in use; the engine of the model refuses what it cannot use.
      cudaVersionMin: '11.4',
      cudaComputeCapability: '3.0',
      cudaDeviceCountMin: gpus,
      cudaDeviceCountMax: gpus,
    },
  };
}
