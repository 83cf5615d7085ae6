import { describe, expect, it } from 'vitest';
import { remoteEngine } from './server-identity.js';

describe('the engine of a remote model', () => {
  it('names the server and its version', () => {
    expect(remoteEngine({ name: 'triton', version: '2.73.0' })).toBe('open-inference/triton/2.73.0');
    expect(remoteEngine({ name: 'OpenVINO Model Server', version: '2026.1+abc' })).toBe(
      'open-inference/OpenVINO-Model-Server/2026.1+abc',
    );
  });

  it('says so where the server does not tell', () => {
    expect(remoteEngine(undefined)).toBe('open-inference/unknown/unknown');
    expect(remoteEngine({ name: '', version: ' / ' })).toBe('open-inference/unknown/unknown');
  });

  it('is one printable line of three bounded parts, whatever the server calls itself', () => {
    const engine = remoteEngine({ name: 'a/b\n\u001b[31mc\u0000 ü', version: 'x'.repeat(10_000) });
    expect(engine).toMatch(/^open-inference\/[A-Za-z0-9._+-]{1,64}\/x{64}$/);
  });
});
