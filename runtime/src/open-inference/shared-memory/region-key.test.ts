import { describe, expect, it } from 'vitest';
import { objectName } from './region-key.js';

describe('the key of a shared-memory object', () => {
  it('is one name, with or without a leading slash', () => {
    expect(objectName('r', '/input_data')).toBe('input_data');
    expect(objectName('r', 'input_data')).toBe('input_data');
    expect(objectName('r', '/a.b:0 c-ü')).toBe('a.b:0 c-ü');
    expect(objectName('r', '...')).toBe('...');
  });

  it.each([
    '',
    '/',
    '//a',
    '.',
    '..',
    '/..',
    '../a',
    '/../etc/passwd',
    'a/b',
    '/a/../b',
    'a/',
    'a\\b',
    'a\0b',
    'a\nb',
    `/${'x'.repeat(256)}`,
    `/${'ü'.repeat(128)}`,
  ])('is refused if it could lead elsewhere: %j', (key) => {
    expect(() => objectName('r', key)).toThrow("cannot register shared memory region 'r' - invalid shm key");
  });

  it.each(['deephealth-ring', '/DeepHealth.1', 'sem.lock'])('is refused if it is reserved: %s', (key) => {
    expect(() => objectName('r', key)).toThrow('reserved prefix');
  });

  it('is not repeated in the message, and the name of the region only shortened', () => {
    const messageOf = (region: string, key: string) => {
      try {
        objectName(region, key);
      } catch (error) {
        return (error as Error).message;
      }
      return '';
    };
    expect(messageOf('r\n'.repeat(500), '/home/patient')).not.toContain('patient');
    expect(messageOf('r\n'.repeat(500), '/home/patient').length).toBeLessThan(300);
  });
});
