import { describe, expect, it } from 'vitest';
import { DeepHealthError } from '../errors/deephealth-error.js';
import { parseManifest } from './parse-manifest.js';

const risk = {
  schemaVersion: 1,
  name: 'heart-risk',
  version: '1.2.0',
  title: 'Risk',
  intendedUse: 'Tests.',
  limitations: ['Answers no medical question.'],
  license: 'Apache-2.0',
  researchUseOnly: true,
  onnx: { file: 'model.onnx', sha256: 'a'.repeat(64) },
  tensors: {
    inputs: [{ name: 'x', dataType: 'FP32', shape: [-1, 2], range: [-5, 5] }],
    outputs: [{ name: 'p', dataType: 'FP32', shape: [-1, 2] }],
  },
  inputs: [
    {
      name: 'patient',
      kind: 'table',
      feeds: 'x',
      columns: [
        { name: 'age', type: 'number', unit: 'a', validRange: [0, 120], missing: { impute: 54 } },
        { name: 'sex', type: 'category', categories: ['female', 'male'], missing: { impute: 'male' } },
        { name: 'smoker', type: 'boolean' },
      ],
      steps: [{ op: 'table_to_features', features: [{ column: 'age' }, { column: 'sex', equals: 'male' }] }],
    },
  ],
  outputs: [
    { name: 'risk', kind: 'classification', from: 'p', mode: 'binary', classes: [{ label: 'no' }, { label: 'yes' }] },
  ],
};

const ecg = {
  ...risk,
  inputs: [
    {
      name: 'ecg',
      kind: 'signal',
      feeds: 'x',
      channels: [
        { name: 'II', aliases: ['MLII'], unit: 'mV', validRange: [-5, 5] },
        { name: 'V5', unit: 'mV', validRange: [-5, 5] },
      ],
      samplingRateHz: 360,
      samples: { minimum: 10, maximum: 20 },
      steps: [{ op: 'select_channels', channels: ['II', 'V5'] }],
    },
  ],
};

const monitor = {
  ...risk,
  tensors: {
    inputs: [
      ...risk.tensors.inputs,
      { name: 'h', dataType: 'FP32', shape: [-1, 8], range: [-1, 1] },
      { name: 'count', dataType: 'INT64', shape: [1] },
    ],
    outputs: [
      ...risk.tensors.outputs,
      { name: 'h_out', dataType: 'FP32', shape: [1, 8] },
      { name: 'count_out', dataType: 'INT64', shape: [-1] },
    ],
  },
  sequence: {
    state: [
      { input: 'h', output: 'h_out' },
      { input: 'count', output: 'count_out' },
    ],
    idleTimeoutMs: 5000,
  },
};

const utf8 = (text: string) => new TextEncoder().encode(text);

/** A manifest with the value at the JSON pointer replaced, or taken away if it is undefined. */
function withChange(base: object, pointer: string, value: unknown): Uint8Array {
  const manifest = structuredClone(base) as Record<string, unknown>;
  const keys = pointer.split('/').slice(1);
  const last = keys.pop() as string;
  const parent = keys.reduce<Record<string, unknown>>((node, key) => node[key] as Record<string, unknown>, manifest);
  if (value === undefined) delete parent[last];
  else parent[last] = value;
  return utf8(JSON.stringify(manifest));
}

function refusal(bytes: Uint8Array): DeepHealthError {
  try {
    parseManifest(bytes);
  } catch (error) {
    if (error instanceof DeepHealthError) return error;
    throw error;
  }
  throw new Error('the manifest was accepted');
}

describe('parseManifest', () => {
  it.each([
    ['a table', risk],
    ['a signal', ecg],
    ['state', monitor],
  ])('reads a manifest with %s as it is', (_, manifest) => {
    expect(parseManifest(utf8(JSON.stringify(manifest)))).toEqual(manifest);
  });

  it('reads a manifest behind a byte order mark', () => {
    expect(parseManifest(utf8(`\ufeff${JSON.stringify(risk)}`)).name).toBe('heart-risk');
  });

  it.each<[string, string, unknown, string[]]>([
    ['a missing field', '/license', undefined, ['The document', 'lacks "license"', 'Add it']],
    [
      'a missing field further down',
      '/inputs/0/columns/0/unit',
      undefined,
      ['"/inputs/0/columns/0"', 'lacks "unit"', 'Add it'],
    ],
    [
      'a wrong choice',
      '/outputs/0/mode',
      'twoclass',
      ['"/outputs/0/mode"', '"twoclass"', '"binary", "multiclass", "multilabel"'],
    ],
    ['an unknown kind', '/inputs/0/kind', 'video', ['"/inputs/0/kind"', '"video"', 'Use one of "tensor"']],
    [
      'an unknown type',
      '/tensors/inputs/0/dataType',
      'float32',
      ['"/tensors/inputs/0/dataType"', '"float32"', '"FP32"'],
    ],
    ['an unknown field', '/lisence', 'MIT', ['The document', '"lisence"', 'check its spelling']],
    [
      'an unknown field further down',
      '/inputs/0/columns/0/range',
      [0, 1],
      ['"/inputs/0/columns/0"', '"range"', 'Remove it'],
    ],
    ['a wrong type', '/researchUseOnly', 'yes', ['"/researchUseOnly"', '"yes"', 'of type boolean']],
    ['a list for a text', '/title', ['a', 'b'], ['"/title"', 'a list of 2', 'of type string']],
    ['an object for a list', '/limitations', {}, ['"/limitations"', 'an object', 'of type array']],
    ['a bad version', '/version', 'v1', ['"/version"', '"v1"', 'must match', '[0-9]']],
    ['a version that leaves its folder', '/version', '../1', ['"/version"', '"../1"', 'must match']],
    ['a bad name', '/name', 'Heart Risk', ['"/name"', '"Heart Risk"', 'must match', 'a-z0-9']],
    ['another schema version', '/schemaVersion', 2, ['"/schemaVersion"', 'is 2', 'must be 1']],
    ['an empty list', '/limitations', [], ['"/limitations"', 'too short', 'at least 1']],
    ['an empty text', '/title', '', ['"/title"', 'too short', 'at least 1']],
    ['a long text', '/title', 'x'.repeat(4001), ['"/title"', 'too long', 'at most 4000']],
    ['a number below its minimum', '/tensors/inputs/0/shape/1', -2, ['"/tensors/inputs/0/shape/1"', 'is -2', '>= -1']],
    [
      'a number that is not whole',
      '/tensors/inputs/0/shape/1',
      1.5,
      ['"/tensors/inputs/0/shape/1"', 'is 1.5', 'of type integer'],
    ],
    ['half a range', '/inputs/0/columns/0/validRange', [0], ['"/inputs/0/columns/0/validRange"', 'too short', '2']],
    [
      'the same category twice',
      '/inputs/0/columns/1/categories',
      ['male', 'male'],
      ['"/inputs/0/columns/1/categories"', 'twice', 'Remove one'],
    ],
    ['a graph outside the package', '/onnx/file', '../model.onnx', ['"/onnx/file"', '"../model.onnx"', 'must match']],
    ['an upper-case digest', '/onnx/sha256', 'A'.repeat(64), ['"/onnx/sha256"', 'AAAA', '[0-9a-f]']],
    [
      'an unknown provider',
      '/execution',
      { providers: ['cuda'] },
      ['"/execution/providers/0"', '"cuda"', 'Use one of "cpu"'],
    ],
    [
      'ranges swapped',
      '/inputs/0/columns/0/validRange',
      [120, 0],
      ['"/inputs/0/columns/0/validRange"', 'lowest value above its highest', 'Swap'],
    ],
    [
      'a training range swapped',
      '/inputs/0/columns/0/trainingRange',
      [80, 20],
      ['"/inputs/0/columns/0/trainingRange"', 'Swap'],
    ],
    ['a tensor range swapped', '/tensors/inputs/0/range', [5, -5], ['"/tensors/inputs/0/range"', 'Swap']],
    ['a repeated column', '/inputs/0/columns/1/name', 'age', ['"/inputs/0/columns/1"', '"age"', 'must be unique']],
    ['a repeated class', '/outputs/0/classes/1/label', 'no', ['"/outputs/0/classes/1"', '"no"', 'must be unique']],
    ['an input that feeds nothing', '/inputs/0/feeds', 'y', ['"/inputs/0/feeds"', '"y"', 'not in /tensors/inputs']],
    ['an output from nowhere', '/outputs/0/from', 'q', ['"/outputs/0/from"', '"q"', 'not in /tensors/outputs']],
    [
      'an imputed value outside the range',
      '/inputs/0/columns/0/missing/impute',
      121,
      ['"/inputs/0/columns/0/missing/impute"', 'outside validRange', 'widen'],
    ],
    [
      'an imputed category that is not listed',
      '/inputs/0/columns/1/missing/impute',
      'other',
      ['"/inputs/0/columns/1/missing/impute"', 'not one of the categories'],
    ],
  ])('names field, value and fix of %s', (_, pointer, value, parts) => {
    const error = refusal(withChange(risk, pointer, value));
    expect(error.code).toBe('DH_MANIFEST_INVALID');
    expect(error.message).toMatch(/^model\.json: /);
    for (const part of parts) expect(error.message).toContain(part);
    expect(error.details.file).toBe('model.json');
    expect(parts[0]).toContain(error.details.field === '/' ? 'The document' : error.details.field);
  });

  it.each<[string, string, unknown, string[]]>([
    [
      'fewer samples at most than at least',
      '/inputs/0/samples/minimum',
      21,
      ['"/inputs/0/samples"', 'minimum above its maximum'],
    ],
    [
      'a channel range swapped',
      '/inputs/0/channels/1/validRange',
      [5, -5],
      ['"/inputs/0/channels/1/validRange"', 'Swap'],
    ],
    ['a channel under the alias of another', '/inputs/0/channels/1/name', 'MLII', ['"MLII"', 'must be unique']],
    ['a rate of zero', '/inputs/0/samplingRateHz', 0, ['"/inputs/0/samplingRateHz"', 'is 0', '> 0']],
  ])('names field, value and fix of a signal with %s', (_, pointer, value, parts) => {
    const error = refusal(withChange(ecg, pointer, value));
    expect(error.code).toBe('DH_MANIFEST_INVALID');
    for (const part of parts) expect(error.message).toContain(part);
  });

  it.each<[string, string, unknown, string[]]>([
    ['nothing', '/sequence/state', [], ['"/sequence/state"', 'too short', 'at least 1']],
    ['half of it', '/sequence/state/0/output', undefined, ['"/sequence/state/0"', 'lacks "output"']],
    ['no time', '/sequence/idleTimeoutMs', 0, ['"/sequence/idleTimeoutMs"', '>= 10']],
    [
      'an input that is not there',
      '/sequence/state/0/input',
      'g',
      ['/state/0/input"', '"g"', 'not in /tensors/inputs'],
    ],
    ['an output for an input', '/sequence/state/0/input', 'h_out', ['"h_out"', 'not in /tensors/inputs']],
    [
      'an output that is not there',
      '/sequence/state/0/output',
      'g_out',
      ['/state/0/output"', '"g_out"', 'not in /tensors/outputs'],
    ],
    ['one input twice', '/sequence/state/1/input', 'h', ['"/sequence/state/1/input"', '"h"', 'second time']],
    ['one output twice', '/sequence/state/1/output', 'h_out', ['"/sequence/state/1/output"', '"h_out"', 'second time']],
    [
      'an input that a caller feeds',
      '/sequence/state/0/input',
      'x',
      ['"/sequence/state/0/input"', '"x"', 'which input "patient" feeds'],
    ],
    ['another type', '/tensors/outputs/1/dataType', 'FP64', ['/state/0/output"', '"h_out"', 'is FP64', 'takes FP32']],
    ['another rank', '/tensors/outputs/1/shape', [8], ['/state/0/output"', 'the shape [8]', 'takes [-1, 8]']],
    ['another extent', '/tensors/outputs/1/shape/1', 7, ['/state/0/output"', '[1, 7]', 'takes [-1, 8]']],
    ['texts', '/tensors/inputs/2/dataType', 'BYTES', ['"/sequence/state/1/input"', '"count"', 'BYTES']],
    ['a start outside its range', '/tensors/inputs/1/range', [0.5, 1], ['/state/0/input"', '"h"', 'leaves out 0']],
    ['a start above its range', '/tensors/inputs/1/range', [-1, -0.5], ['/state/0/input"', '"h"', 'leaves out 0']],
  ])('names field, value and fix of state that is %s', (_, pointer, value, parts) => {
    const error = refusal(withChange(monitor, pointer, value));
    expect(error.code).toBe('DH_MANIFEST_INVALID');
    for (const part of parts) expect(error.message).toContain(part);
  });

  it('refuses state of a model that another server runs', () => {
    const { onnx: _, ...elsewhere } = monitor;
    const remote = { protocol: 'open-inference', model: 'monitor' };
    expect(refusal(utf8(JSON.stringify({ ...elsewhere, remote }))).message).toContain(
      '"/sequence" cannot go with /remote',
    );
    const { sequence: __, ...stateless } = { ...elsewhere, tensors: risk.tensors };
    expect(parseManifest(utf8(JSON.stringify({ ...stateless, remote }))).remote).toEqual(remote);
  });

  it('names every tensor that nothing feeds and every one that two inputs feed', () => {
    const inputs = [...risk.inputs, { ...ecg.inputs[0], name: 'second' }];
    expect(refusal(withChange(risk, '/inputs', inputs)).message).toContain(
      'Field "/inputs/1/feeds" names "x", which input "patient" feeds already.',
    );
    const unfed = [...risk.tensors.inputs, { name: 'mask', dataType: 'BOOL', shape: [2] }];
    expect(refusal(withChange(risk, '/tensors/inputs', unfed)).message).toContain(
      '("mask") is fed by no input. Add one.',
    );
  });

  it('shows five problems and counts the others', () => {
    const error = refusal(utf8('{}'));
    expect(error.message.match(/Add it\./g)).toHaveLength(4);
    expect(error.message).toContain('must hold exactly one of "onnx", "pipeline" and "remote".');
    expect(error.message).toMatch(/And 7 more\.$/);
  });

  it.each([
    ['null', 'null', 'null'],
    ['a list', '[]', 'a list of 0'],
    ['a number', '7', '7'],
    ['a text', '"model"', '"model"'],
  ])('names %s where the manifest should be', (_, text, came) => {
    const error = refusal(utf8(text));
    expect(error).toMatchObject({ code: 'DH_MANIFEST_INVALID', details: { field: '/' } });
    expect(error.message).toContain(`The document is ${came}. It must be of type object.`);
  });

  it.each([
    ['nothing', new Uint8Array()],
    ['text', utf8('name: heart-risk')],
    ['JSON that is cut off', utf8(JSON.stringify(risk).slice(0, 100))],
    ['a trailing comma', utf8('{"name": "x",}')],
    ['a comment', utf8('{"name": "x"} // note')],
    ['NaN', utf8('{"name": NaN}')],
    ['invalid UTF-8', Uint8Array.of(0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d)],
    ['UTF-16', new Uint8Array(Buffer.from(JSON.stringify(risk), 'utf16le'))],
  ])('says of %s that it is not JSON in UTF-8, without quoting it', (_, bytes) => {
    const error = refusal(bytes);
    expect(error.code).toBe('DH_MANIFEST_MALFORMED');
    expect(error.message).toMatch(
      /^model\.json is not JSON in UTF-8( at character \d+)?\. Correct it, or restore the file\.$/,
    );
  });

  it('takes no harm from huge nesting', () => {
    const deep = '['.repeat(200_000) + ']'.repeat(200_000);
    expect(refusal(utf8(`{"title": ${deep}}`)).code).toMatch(/^DH_MANIFEST_(INVALID|MALFORMED)$/);
    expect(refusal(utf8('['.repeat(200_000))).code).toBe('DH_MANIFEST_MALFORMED');
  });

  it('does not take names that objects have by themselves for fields', () => {
    expect(refusal(utf8('{"__proto__": {"name": "x"}}')).code).toBe('DH_MANIFEST_INVALID');
    expect(refusal(withChange(risk, '/constructor', 1)).message).toContain('"constructor"');
  });

  it('keeps a message short, whatever stands in the file', () => {
    expect(refusal(withChange(risk, '/version', 'x'.repeat(100_000))).message.length).toBeLessThan(500);
  });
});
