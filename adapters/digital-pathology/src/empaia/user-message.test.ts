import { DeepHealthError, ERROR_CODES } from '@deephealth/sdk';
import { describe, expect, it } from 'vitest';
import { userMessage } from './user-message.js';

describe('what a pathologist is told', () => {
  it('is a sentence and a code for every error, and nothing of its text', () => {
    for (const code of ERROR_CODES) {
      const message = userMessage(new DeepHealthError(code, 'secret at /home/x', { details: { file: 'patient 7' } }));
      expect(message).toMatch(/^[A-Z][^/]+\. \(DH_[A-Z_0-9]+\)$/);
      expect(message).not.toMatch(/secret|patient 7|token|undefined/);
    }
  });

  it('is that there was a fault, for what nobody expected', () => {
    expect(userMessage(new TypeError('x is not a function'))).toMatch(/technical fault.*\(DH_INTERNAL\)/);
  });
});
