import { modelRuntimeService } from '@deephealth/proto';
import { describe, expect, it } from 'vitest';
import { findField } from './find-field.mjs';

const { responseSerialize } = modelRuntimeService().PredictStream;

describe('findField', () => {
  it('finds an item id among fields of every wire type', () => {
    const bytes = responseSerialize({
      result: {
        itemId: 'item-7',
        response: { requestId: 'r'.repeat(300), findings: [{ name: 'risk' }] },
      },
    });
    expect(findField(bytes, [2, 1]).toString()).toBe('item-7');
    expect(findField(bytes, [2, 2, 1]).toString()).toBe('r'.repeat(300));
    expect(findField(bytes, [2, 2, 2, 1]).toString()).toBe('risk');
  });

  it('passes over numbers before the field', () => {
    // Field 1 varint 300, field 2 fixed64, field 3 fixed32, field 4 "ok".
    const bytes = Buffer.from('08ac0211000000000000f03f1d0000803f22026f6b', 'hex');
    expect(findField(bytes, [4]).toString()).toBe('ok');
  });

  it('gives undefined for what is absent, and tells it from what is empty', () => {
    const refused = responseSerialize({ result: { itemId: 'a', status: { code: 3 } } });
    expect(findField(refused, [2, 2])).toBeUndefined();
    const empty = responseSerialize({ result: { itemId: 'a', response: {} } });
    expect(findField(empty, [2, 2])).toHaveLength(0);
  });

  it('refuses bytes that are no message', () => {
    expect(() => findField(Buffer.from([0x07]), [1])).toThrow('wire type 7');
  });
});
