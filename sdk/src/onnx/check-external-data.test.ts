import { describe, expect, it } from 'vitest';
import { buildOnnxModel } from '../testing/onnx-model-builder.js';
import { externalDataModel } from '../testing/sound-models.js';
import { checkExternalData, type ExternalFiles, externalDataPath } from './check-external-data.js';
import { readOnnxGraph } from './read-graph.js';

function codes(location: string, files?: ExternalFiles): string[] {
  return checkExternalData(readOnnxGraph(externalDataModel({ location }).model), files).map(({ code }) => code);
}

function files(sizes: Record<string, number>, listed: string[], onnxFile = 'model.onnx'): ExternalFiles {
  return { sizes: new Map(Object.entries(sizes)), listed: new Set(listed), onnxFile };
}

describe('checkExternalData', () => {
  it.each([
    '/etc/passwd',
    '../weights.bin',
    'weights/../../other.bin',
    'C:\\weights.bin',
    'a\\b.bin',
    'weights\u0000.bin',
    '.hidden',
    './weights.bin',
    '',
    'weights/',
    '*/_ORT_MEM_ADDR_/*',
    'file:weights.bin',
    `${'a'.repeat(256)}`,
    'weights.bin\n',
  ])('refuses the location %j', (location) => {
    expect(codes(location)).toEqual(['DH_PACKAGE_PATH_INVALID']);
    expect(codes(location, files({ [location]: 48 }, [location]))).toEqual(['DH_PACKAGE_PATH_INVALID']);
  });

  it.each(['weights.bin', 'weights/part-1.bin', 'a..b'])('accepts the location %j', (location) => {
    expect(codes(location)).toEqual([]);
    expect(codes(location, files({ [location]: 48 }, [location]))).toEqual([]);
  });

  it('takes locations relative to the folder of the graph', () => {
    expect(externalDataPath('w.bin', 'graph/model.onnx')).toBe('graph/w.bin');
    expect(codes('w.bin', files({ 'graph/w.bin': 48 }, ['graph/w.bin'], 'graph/model.onnx'))).toEqual([]);
    expect(codes('w.bin', files({ 'w.bin': 48 }, ['w.bin'], 'graph/model.onnx'))).toEqual(['DH_EXTERNAL_DATA_MISSING']);
  });

  it('reports files that are missing, too short or not listed', () => {
    expect(codes('w.bin', files({}, ['w.bin']))).toEqual(['DH_EXTERNAL_DATA_MISSING']);
    expect(codes('w.bin', files({ 'w.bin': 47 }, ['w.bin']))).toEqual(['DH_EXTERNAL_DATA_MISSING']);
    expect(codes('w.bin', files({ 'w.bin': 48 }, []))).toEqual(['DH_EXTERNAL_DATA_UNLISTED']);
  });

  it.each([
    ['offset', 'x'],
    ['offset', '-1'],
    ['length', '1.5'],
    ['length', '9007199254740993'],
  ])('refuses %s %s', (key, value) => {
    const model = buildOnnxModel({
      inputs: [],
      outputs: [{ name: 'y', dataType: 'FP32' }],
      nodes: [{ op: 'Identity', inputs: ['w'], outputs: ['y'] }],
      initializers: [{ name: 'w', dataType: 'FP32', shape: [1], external: { location: 'w.bin', [key]: value } }],
    });
    expect(checkExternalData(readOnnxGraph(model)).map(({ code }) => code)).toEqual(['DH_GRAPH_MALFORMED']);
  });

  it('reports each file once, however many constants lie in it', () => {
    const place = (name: string) => ({
      name,
      dataType: 'FP32' as const,
      shape: [1],
      external: { location: 'w.bin' },
    });
    const model = buildOnnxModel({
      inputs: [],
      outputs: [{ name: 'y', dataType: 'FP32' }],
      nodes: [{ op: 'Add', inputs: ['a', 'b'], outputs: ['y'] }],
      initializers: [place('a'), place('b')],
    });
    expect(checkExternalData(readOnnxGraph(model), files({}, []))).toHaveLength(1);
  });
});
