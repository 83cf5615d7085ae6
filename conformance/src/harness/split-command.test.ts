import { describe, expect, it } from 'vitest';
import { splitCommand } from './split-command.js';

describe('splitCommand', () => {
  it.each([
    ['python3 harness.py', ['python3', 'harness.py']],
    ['  java  -cp "a b:c"  Harness ', ['java', '-cp', 'a b:c', 'Harness']],
    [`run 'it"s' --name=" x "y`, ['run', 'it"s', '--name= x y']],
    ['run ""', ['run', '']],
    ['   ', []],
    ['run $HOME *', ['run', '$HOME', '*']],
  ])('parts %j', (text, words) => {
    expect(splitCommand(text)).toEqual(words);
  });

  it('refuses a quote that is not closed', () => {
    expect(() => splitCommand('run "x')).toThrow(/not closed: run "x/);
  });
});
