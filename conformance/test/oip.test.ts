import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { loadCases } from '../src/cases/load-cases.js';
import { writeModels } from '../src/models/write-models.js';
import { OIP_MODELS } from '../src/oip/oip-models.js';
import type { TargetModel } from '../src/oip/oip-target.js';
import { reachOip } from '../src/oip/reach-oip.js';
import { OipReference } from '../src/reference/oip/oip-reference.js';
import { type RunningOip, serveBoth, serveOip } from '../src/reference/oip/serve-oip.js';
import { ReferenceRuntime } from '../src/reference/reference-runtime.js';
import { verdictOf } from '../src/report/verdict.js';
import { runSuite } from '../src/run/run-suite.js';
import { NULL_IMPLEMENTATIONS } from '../src/sharpness/null-implementations.js';

const store = mkdtempSync(join(tmpdir(), 'deephealth-oip-'));
afterAll(() => rmSync(store, { recursive: true, force: true }));
const cases = loadCases();

/** The reference with these models only, under other names, and of tensors too. */
function renamed(names: readonly string[]): { models: ReturnType<typeof writeModels>; map: Map<string, TargetModel> } {
  const own = (name: string) => `their ${name}`;
  const rename = <Tensor extends { readonly name: string }>(tensor: Tensor) => ({ ...tensor, name: own(tensor.name) });
  const chosen = writeModels(store, OIP_MODELS).filter(({ model }) => names.includes(model.name));
  const models = chosen.map(({ model, manifest, ...rest }) => {
    const { graph } = model;
    const nodes = graph.nodes.map((node) => ({ ...node, inputs: node.inputs.map(own), output: own(node.output) }));
    return {
      ...rest,
      manifest: {
        ...manifest,
        inputs: manifest.inputs.map((input) => ({ ...rename(input), feeds: own(input.feeds) })),
        outputs: manifest.outputs.map((output) => ({ ...rename(output), from: own(output.from) })),
      },
      model: {
        ...model,
        name: own(model.name),
        graph: { ...graph, inputs: graph.inputs.map(rename), outputs: graph.outputs.map(rename), nodes },
      },
    };
  });
  const namesOf = (tensors: readonly { readonly name: string }[]) =>
    Object.fromEntries(tensors.map(({ name }) => [name, own(name)]));
  const map = new Map(
    chosen.map(({ model }) => [
      model.name,
      {
        name: own(model.name),
        version: '1',
        inputs: namesOf(model.graph.inputs),
        outputs: namesOf(model.graph.outputs),
      },
    ]),
  );
  return { models: models as ReturnType<typeof writeModels>, map };
}

async function withServer<T>(server: RunningOip, use: (server: RunningOip) => Promise<T>): Promise<T> {
  try {
    return await use(server);
  } finally {
    server.stop();
  }
}

describe('a target that speaks the Open Inference Protocol and nothing else', () => {
  it('is judged by what it serves, under its own names; what it does not serve is not applicable', async () => {
    const { models, map } = renamed(['conformance-matmul', 'conformance-swap', 'conformance-identity-fp32']);
    const server = await serveOip(new OipReference(new ReferenceRuntime(models)));
    const results = await withServer(server, async ({ address, http }) => {
      const reached = await reachOip({ target: { address }, http, modelsMap: map });
      if ('problem' in reached) throw new Error(reached.problem);
      expect(reached.target.name).toBe('deephealth-conformance-reference');
      expect([...reached.features]).toEqual(['oip/binary_tensor_data', 'oip/classification']);
      expect(reached.missing).toHaveLength(OIP_MODELS.length - 3);
      const { oip, features } = reached;
      return runSuite({ cases, profiles: ['oip'], target: { address }, features, models, oip, profile: 'standard' });
    });
    const other = results.filter(({ status }) => status !== 'pass' && status !== 'notApplicable');
    expect(other).toEqual([]);
    expect(
      results.filter(({ detail }) => detail === 'the target does not serve conformance-identity-int64'),
    ).not.toEqual([]);
    expect(results.filter(({ status }) => status === 'pass').length).toBeGreaterThan(80);
    expect(verdictOf(results)).toBe('conformant');
  });

  it('without an address of HTTP has the cases of HTTP not applicable', async () => {
    const { models, map } = renamed(['conformance-matmul']);
    const server = await serveOip(new OipReference(new ReferenceRuntime(models)));
    const results = await withServer(server, ({ address }) =>
      runSuite({
        cases: cases.filter(({ id }) => ['DH-OIP-001', 'DH-OIP-101', 'DH-OIP-138'].includes(id)),
        profiles: ['oip'],
        target: { address },
        features: new Set(),
        models,
        oip: { models: map },
        profile: 'standard',
      }),
    );
    expect(results.map(({ status }) => status)).toEqual(['pass', 'notApplicable', 'notApplicable']);
  });

  it('is not judged where it does not serve what the map names', async () => {
    const { models, map } = renamed(['conformance-matmul']);
    const server = await serveOip(new OipReference(new ReferenceRuntime(models)));
    const entry = { name: 'nobody', version: '', inputs: {}, outputs: {} };
    const reached = await withServer(server, ({ address }) =>
      reachOip({ target: { address }, modelsMap: new Map([...map, ['conformance-swap', entry]]) }),
    );
    expect(reached).toEqual({ problem: 'it does not serve "nobody", which the map names for conformance-swap' });
  });

  it('is not judged where it serves no model of the suite', async () => {
    const server = await serveOip(new OipReference(new ReferenceRuntime([])));
    const reached = await withServer(server, ({ address }) => reachOip({ target: { address } }));
    expect(reached).toEqual({ problem: 'it serves none of the models of the suite' });
  });

  it('is not judged where nothing answers ServerMetadata', async () => {
    const [unimplemented] = NULL_IMPLEMENTATIONS;
    if (unimplemented === undefined) throw new Error('no null implementation');
    const server = await serveBoth(unimplemented.handlers, unimplemented.http);
    const reached = await withServer(server, ({ address }) => reachOip({ target: { address } }));
    expect(reached).toEqual({
      problem: 'it answers, but not to ServerMetadata of inference.GRPCInferenceService: UNIMPLEMENTED nothing is here',
    });
  });
});
