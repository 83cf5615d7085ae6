import type { PackagedGraph } from '@deephealth/sdk';
import { besideModel } from './beside-model.js';
import { ENGINE } from './engine-types.js';
import type { ModelSession } from './model-session.js';
import { openNative } from './native-session.js';

/**
 * Loads a graph into the engine of this very thread, for graphs that run shorter than a message to
 * another thread and back takes. Throws DH_MODEL_LOAD_FAILED or DH_MODEL_MEMORY_EXCEEDED.
 */
export async function openNearby(graph: PackagedGraph, intraOpThreads: number): Promise<ModelSession> {
  const native = openNative(graph, intraOpThreads, true);
  if (native !== undefined) return native;
  // Loads the engine's library: not before the first graph that runs here.
  const { OnnxSession } = await import('./onnx-session.js');
  const session = await OnnxSession.load(graph.onnx, besideModel(graph), intraOpThreads);
  return {
    engine: ENGINE,
    provider: 'cpu',
    concurrency: 1,
    run: async (inputs, outputs) => ({ tensors: await session.run(inputs, outputs) }),
    release: () => session.release(),
  };
}
