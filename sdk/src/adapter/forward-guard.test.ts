import { modelRuntimeService } from '@deephealth/proto';
import { Metadata } from '@grpc/grpc-js';
import { describe, expect, it } from 'vitest';
import { guardOf } from './forward-guard.js';
import { textField, wireFields } from './wire-fields.js';

const { Predict } = modelRuntimeService();

describe('the fields of a message', () => {
  const message = Predict.requestSerialize({
    ...{ requestId: 'r', modelName: 'heart', inputs: [{ name: 'x', text: 'model_name' }], priority: 'PRIORITY_STAT' },
  });

  it('are read where they are, and nothing of what is inside of others', () => {
    expect([textField(message, 2), textField(message, 1), textField(message, 4)]).toEqual(['heart', 'r', '']);
  });

  it('count by the last of their kind, as readers of messages have it', () => {
    const twice = Buffer.concat([message, Predict.requestSerialize({ modelName: 'kidney' })]);
    expect(textField(twice, 2)).toBe('kidney');
    expect(Predict.requestDeserialize(twice).modelName).toBe('kidney');
  });

  it.each([
    ['a field that ends behind the message', [0x12, 5, 1]],
    ['a length without an end', [0x12, 0xff]],
    ['a group', [0x13, 0x14]],
    ['field 0', [0x02, 0]],
    ['a length beyond all memory', [0x12, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f]],
    ['a name that is a number', [0x10, 1]],
  ])('are refused with %s', (_, bytes) => {
    expect(() => textField(Buffer.from(bytes), 2)).toThrow(expect.objectContaining({ code: 'DH_REQUEST_MALFORMED' }));
  });

  it('cut anywhere are refused or whole fields', () => {
    for (let length = 0; length < message.length; length++) {
      try {
        const fields = [...wireFields(message.subarray(0, length))];
        expect(fields.at(-1)?.end ?? 0).toBe(length);
      } catch (error) {
        expect(error).toMatchObject({ code: 'DH_REQUEST_MALFORMED' });
      }
    }
  });
});

describe('the guard of a call', () => {
  it('lets nobody by whom the gate did not see', () => {
    const guard = guardOf('Predict', new Metadata());
    expect(() => guard.admit(Buffer.alloc(0))).toThrow(expect.objectContaining({ code: 'DH_UNAUTHENTICATED' }));
    expect(() => guard.show(Buffer.alloc(0))).toThrow(expect.objectContaining({ code: 'DH_UNAUTHENTICATED' }));
  });
});
