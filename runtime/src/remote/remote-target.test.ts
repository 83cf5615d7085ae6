import { describe, expect, it } from 'vitest';
import { checkRemoteTarget } from './remote-target.js';

describe('the target of a remote', () => {
  it.each([
    'triton:8001',
    'localhost:1',
    '10.0.0.7:65535',
    'gpu-1.ward_3.example.org:8001',
    '[::1]:8001',
    '[fe80::1.2.3.4]:9',
    // Words that grpc-js takes for something else.
    'unix:8001',
    'dns:8001',
  ])('may be at %s, with the defaults', (address) => {
    expect(checkRemoteTarget({ address })).toEqual({
      address,
      concurrency: 8,
      timeoutMs: 30_000,
      maxMessageBytes: 67_108_864,
    });
  });

  it('keeps what is stated', () => {
    const target = { address: 'triton:8001', concurrency: 2, timeoutMs: 50, maxMessageBytes: 1 };
    expect(checkRemoteTarget(target)).toEqual(target);
  });

  it.each([
    '',
    'triton',
    'triton:',
    ':8001',
    'triton:0',
    'triton:65536',
    'triton:080',
    'triton:80a',
    'triton: 8001',
    'http://triton:8001',
    'triton:8001/path',
    'user:secret@triton:8001',
    'unix:/run/secret.sock',
    'dns:///triton:8001',
    'ipv4:10.0.0.1:8001',
    '::1:8001',
    '[::1]',
    '[::1%eth0]:8001',
    '-triton:8001',
    'triton\n:8001',
    'a:1,b:2',
  ])('is refused at %j, which the message does not repeat', (address) => {
    expect(() => checkRemoteTarget({ address })).toThrowError(
      expect.objectContaining({
        code: 'DH_CONFIG_INVALID',
        message: expect.stringMatching(/^"address" of a remote must/),
      }),
    );
    try {
      checkRemoteTarget({ address });
    } catch (error) {
      expect(String(error)).not.toContain('secret');
    }
  });

  it.each(['concurrency', 'timeoutMs', 'maxMessageBytes'] as const)(
    'is refused with a %s that is no positive number',
    (field) => {
      for (const value of [0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 31]) {
        expect(() => checkRemoteTarget({ address: 'triton:8001', [field]: value })).toThrowError(
          expect.objectContaining({ code: 'DH_CONFIG_INVALID', details: expect.objectContaining({ field }) }),
        );
      }
    },
  );
});
