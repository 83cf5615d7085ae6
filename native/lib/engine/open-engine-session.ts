import { loadAddon } from '../load-addon.js';
import type { EngineAddon, EngineSession } from './addon.js';

/**
 * Loads a graph into the ONNX Runtime library at `library` and gives it a thread. Blocks while the
 * graph is loaded. Undefined without the addon. ORT_DISABLE_TELEMETRY=1 must be set in the
 * environment of the process; the first call throws otherwise.
 *
 * @param library path of the shared library that onnxruntime-node ships; never a second copy
 * @param model the graph in ONNX's format, complete: external data is not looked for; copied
 * @throws Error with the engine's own words, which may name nodes of the graph, where it refuses
 */
export function openEngineSession(
  library: string,
  model: Uint8Array,
  intraOpThreads: number,
): EngineSession | undefined {
  const addon = loadAddon<EngineAddon>();
  return addon === undefined ? undefined : new addon.EngineSession(library, model, intraOpThreads);
}
