import { slowModel } from '@deephealth/sdk/testing';
import type { SuiteModel } from './suite-model.js';

/** Gives back what it gets, later: long enough to be measured and to be waited behind, short enough for many. */
export const PAUSE: SuiteModel = {
  name: 'conformance-pause',
  version: '1',
  title: 'Gives back what it gets, after some hundredths of a second',
  numericClass: 'exact',
  onnx: slowModel({ work: 0.5 }),
  runMs: 50,
  graph: {
    inputs: [{ name: 'x', dataType: 'FP32', shape: [-1, 4] }],
    outputs: [{ name: 'y', dataType: 'FP32', shape: [-1, 4] }],
    constants: {},
    nodes: [{ op: 'Identity', inputs: ['x'], output: 'y' }],
  },
  golden: [{ x: 'noise-1x4.fp32' }],
};
