import { expect, it } from 'vitest';
import { DeepHealthError } from '../errors/deephealth-error.js';
import { fuzzParser, fuzzTimeoutMs } from '../testing/fuzz-parser.js';
import { decodeBytesElements, encodeBytesElements } from './bytes-elements.js';
import { checkBooleans, checkFinite } from './content-check.js';
import { DATA_TYPE_NAMES, type DataTypeName, ELEMENT_SIZE_BYTES } from './data-type.js';
import { elementCount, parseShape } from './shape.js';
import { tensorValues } from './tensor.js';

const USUAL = 400;

const isTyped = (thrown: unknown) => thrown instanceof DeepHealthError && thrown.code !== 'DH_INTERNAL';

it('broken elements of BYTES are split or refused', { timeout: fuzzTimeoutMs(USUAL) }, async () => {
  const texts = ['', 'a', 'schlägt', 'x'.repeat(300)].map((text) => Buffer.from(text));
  const { inputs, refused } = await fuzzParser({
    ...{ parser: 'BYTES tensor', seed: 410, usual: USUAL, isRefusal: isTyped },
    corpus: [encodeBytesElements(texts)],
    read(bytes) {
      const elements = decodeBytesElements('x', bytes, texts.length);
      if (!Buffer.from(encodeBytesElements(elements)).equals(bytes)) throw new Error('the elements are others');
    },
  });
  expect(refused).toBeGreaterThan(inputs / 10);
  expect(refused).toBeLessThan(inputs);
});

it('tensors of every type and broken shape are read or refused', { timeout: fuzzTimeoutMs(USUAL) }, async () => {
  const types = DATA_TYPE_NAMES.filter((name) => name !== 'BYTES');
  const { inputs, refused } = await fuzzParser({
    ...{ parser: 'tensor of every type, its shape as text', seed: 411, usual: USUAL, isRefusal: isTyped },
    corpus: [Buffer.from('2,3\n'.padEnd(52, '\0'))],
    read(bytes, random) {
      const end = bytes.indexOf(10);
      const shape = parseShape('x', bytes.toString('latin1', 0, end).split(','), 1000);
      const dataType = types[Math.floor(random() * types.length)] as DataTypeName;
      const needed = elementCount(shape) * (ELEMENT_SIZE_BYTES[dataType] as number);
      const data = bytes.subarray(end + 1, end + 1 + needed);
      tensorValues({ dataType, shape, data });
      checkFinite('x', dataType, data);
      if (dataType === 'BOOL') checkBooleans('x', data);
    },
  });
  expect(refused).toBeGreaterThan(inputs / 10);
  expect(refused).toBeLessThan(inputs);
});
