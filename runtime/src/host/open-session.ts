import { DeepHealthError, type Manifest, type ModelPackage, type PackagedGraph } from '@deephealth/sdk';
import { pipelineOnnxSha256 } from '../pipelines/pipeline-digest.js';
import { PipelineSession } from '../pipelines/pipeline-session.js';
import type { LoadOrder } from './host-messages.js';
import type { ModelSession } from './model-session.js';

/** What sessions are made with. */
export interface SessionSources {
  /** Loads a graph into the engine's own thread, where it delays nothing else. */
  openGraph(graph: PackagedGraph, intraOpThreads: number): Promise<ModelSession>;
  /** Loads a graph into this thread. */
  openNearby(graph: PackagedGraph, intraOpThreads: number): Promise<ModelSession>;
  /** Hears whether the other inference server answers. */
  onBackendHealth(isServing: boolean, reason: string): void;
}

/** Opens what computes the tensors of a package: one graph, several, or another inference server. */
export async function openSession(
  { manifest, graphs }: ModelPackage,
  order: LoadOrder,
  sources: SessionSources,
): Promise<ModelSession> {
  const threads = Math.min(manifest.execution?.intraOpThreads ?? order.intraOpThreads, order.maxThreads);
  if (manifest.remote !== undefined) {
    if (order.remote === undefined) {
      throw new DeepHealthError(
        'DH_REMOTE_NOT_CONFIGURED',
        `Another inference server runs "${manifest.name}", and the configuration names no address for it. Add it under "remotes".`,
        { details: { field: 'remotes' } },
      );
    }
    // gRPC is for these hosts alone.
    const { RemoteSession } = await import('../remote/remote-session.js');
    return RemoteSession.connect(manifest.remote, order.remote, manifest.tensors, sources.onBackendHealth);
  }
  if (manifest.pipeline !== undefined) {
    const sessions = new Map<string, ModelSession>();
    for (const { name, onnx } of manifest.pipeline.models) {
      sessions.set(name, await sources.openGraph(graphs.get(onnx.file) as PackagedGraph, threads));
    }
    return new PipelineSession(manifest, sessions);
  }
  const [graph] = graphs.values();
  return sources.openGraph(graph as PackagedGraph, threads);
}

// Beyond this, weights would be in memory twice for longer than the moment it takes to find out.
const SMALL_GRAPH_BYTES = 1024 * 1024;

/** The graph of a package that has just one, and a small one. */
export function onlySmallGraph({ manifest, graphs }: ModelPackage): PackagedGraph | undefined {
  const [graph] = graphs.values();
  if (manifest.onnx === undefined || graph === undefined) return undefined;
  const bytes = graph.externalData.reduce((sum, { data }) => sum + data.byteLength, graph.onnx.byteLength);
  return bytes <= SMALL_GRAPH_BYTES ? graph : undefined;
}

/** Digest of what runs, for provenance; empty where another server runs it. */
export function onnxSha256(manifest: Manifest): string {
  return manifest.pipeline === undefined ? (manifest.onnx?.sha256 ?? '') : pipelineOnnxSha256(manifest);
}
