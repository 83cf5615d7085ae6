import { describe, expect, it } from 'vitest';
import { EXPORTABLE_CHAINS } from '../testing/exportable-chains.js';
import { CWL_STEPS } from './cwl-tools.js';
import { CWL_FILES, exportCwl } from './export-cwl.js';
import { RESEARCH_USE } from './exportable-chain.js';

// biome-ignore lint/suspicious/noExplicitAny: documents of another format, looked into at will.
type Any = any;
const KINDS = Object.keys(EXPORTABLE_CHAINS) as (keyof typeof EXPORTABLE_CHAINS)[];
const documents = (kind: keyof typeof EXPORTABLE_CHAINS) => {
  const files = exportCwl(EXPORTABLE_CHAINS[kind]);
  return (name: string): Any => JSON.parse(files.get(name) as string);
};

describe.each(KINDS)('a chain as CWL, of %s', (kind) => {
  const read = documents(kind);
  const { binding } = EXPORTABLE_CHAINS[kind];

  it('is a tool for each step, a workflow, both in one, and a job order', () => {
    const names = [...exportCwl(EXPORTABLE_CHAINS[kind]).keys()];
    expect(names).toEqual([...CWL_STEPS.map((step) => `${step}.cwl`), ...Object.values(CWL_FILES)]);
    for (const name of names.filter((one) => one.endsWith('.cwl'))) expect(read(name).cwlVersion).toBe('v1.2');
  });

  it('has the same bytes each time', () => {
    expect([...exportCwl(EXPORTABLE_CHAINS[kind])]).toEqual([...exportCwl(structuredClone(EXPORTABLE_CHAINS[kind]))]);
  });

  it('gives each step all that its tool takes, from where it comes', () => {
    const { steps, inputs, outputs } = read('workflow.cwl');
    const there = new Set([
      ...Object.keys(inputs),
      ...CWL_STEPS.flatMap((step) => steps[step].out.map((out: string) => `${step}/${out}`)),
    ]);
    for (const step of CWL_STEPS) {
      const tool = read(steps[step].run);
      expect(Object.keys(steps[step].in)).toEqual(Object.keys(tool.inputs));
      expect(Object.keys(tool.outputs)).toEqual(steps[step].out);
      for (const source of Object.values(steps[step].in)) expect(there).toContain(source);
    }
    for (const { outputSource } of Object.values(outputs) as Any[]) expect(there).toContain(outputSource);
    expect(CWL_STEPS.filter((step) => steps[step].scatter !== undefined)).toEqual(['infer']);
  });

  it('is the same in one document', () => {
    const [main, ...tools] = read('packed.cwl').$graph;
    expect(main.id).toBe('main');
    expect(main.inputs).toEqual(read('workflow.cwl').inputs);
    for (const [index, step] of CWL_STEPS.entries()) {
      expect(main.steps[step].run).toBe(`#${step}`);
      expect(read(`${step}.cwl`)).toMatchObject(tools[index]);
    }
  });

  it('runs the commands of the steps, off the network, and needs no engine with JavaScript', () => {
    for (const step of CWL_STEPS) {
      const tool = read(`${step}.cwl`);
      expect(tool.baseCommand).toEqual(['deephealth', 'chain', step]);
      expect(tool.requirements.NetworkAccess).toEqual({ networkAccess: false });
      expect(JSON.stringify(tool)).not.toMatch(/\$\{|InlineJavascript|\$\((?!self\)|inputs\.[a-z.]+\))/);
      expect(tool.permanentFailCodes).toEqual([1, 2]);
      expect(tool.temporaryFailCodes).toEqual([3, 70]);
    }
  });

  it('asks for the resources of a task where the model runs', () => {
    const { requirements, hints = {} } = read('infer.cwl');
    const { cores, ramMiB, timeLimitS, gpus, scratchMiB } = binding.resources as Any;
    expect(requirements.ResourceRequirement).toMatchObject({ coresMin: cores, ramMin: ramMiB });
    expect(requirements.ResourceRequirement.tmpdirMin).toBe(scratchMiB);
    expect(requirements.ToolTimeLimit).toEqual({ timelimit: timeLimitS });
    expect(hints['cwltool:CUDARequirement']?.cudaDeviceCountMin).toBe(gpus);
    expect(hints.DockerRequirement?.dockerPull).toBe('container' in binding ? binding.container : undefined);
    for (const step of CWL_STEPS) {
      expect('ToolTimeLimit' in read(`${step}.cwl`).requirements).toBe(step === 'infer');
    }
  });

  it('tells what it is for, and of which package', () => {
    const { doc, ...workflow } = read('workflow.cwl');
    for (const text of [RESEARCH_USE, 'Research on lesions.', 'Adults only.', 'ab'.repeat(32)]) {
      expect(doc).toContain(text);
    }
    expect(workflow['s:softwareVersion']).toBe('2.1.0');
    expect(workflow['s:identifier']).toBe(`lesion/2.1.0/${binding.label}`);
  });

  it('has a job order for every input', () => {
    expect(Object.keys(read('job-template.json'))).toEqual(Object.keys(read('workflow.cwl').inputs));
  });
});

describe('inputs of a chain as CWL', () => {
  it.each([
    ['file', 'File[]'],
    ['series', 'Directory[]'],
    ['slide', { type: 'array', items: ['File', 'Directory'] }],
  ] as const)('are studies of their kind: %s', (kind, type) => {
    expect(documents(kind)('workflow.cwl').inputs.studies.type).toEqual(type);
    expect(documents(kind)('stage-in.cwl').inputs.studies.type).toEqual(type);
  });

  it('are a package and a key that may be left out', () => {
    const { inputs } = documents('file')('workflow.cwl');
    expect(inputs.package.type).toBe('Directory');
    expect(inputs.uid_key.type).toBe('File?');
    expect(inputs.studies.doc).toContain('At most 50 studies');
  });

  it('are parameters with type, default and limits, each handed on as NAME=VALUE', () => {
    const { inputs } = documents('everything')('stage-in.cwl');
    expect(inputs.frame).toEqual({
      type: 'int',
      default: 3,
      doc: 'Frame of an image, from 0. Limits: at least 0, at most 9.',
      inputBinding: { position: 4, prefix: '--param', valueFrom: 'frame=$(self)' },
    });
    expect(inputs.fromS).toMatchObject({ type: 'double', default: 0.5, doc: 'From here.' });
    expect(inputs.lengthS).toMatchObject({ type: 'double?', doc: expect.stringContaining('at least 1') });
    expect(inputs.highlight.type).toBe('boolean?');
    expect('default' in inputs.highlight).toBe(false);
    expect(documents('everything')('job-template.json')).toMatchObject({ frame: 3, lengthS: null });
  });
});
