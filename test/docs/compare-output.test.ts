import { describe, expect, it } from 'vitest';
import { isAsShown } from '../../scripts/docs/compare-output.mjs';
import { parseShellBlock, simpleCommands } from '../../scripts/docs/shell-block.mjs';

describe('output that a page shows', () => {
  it.each([
    ['equal text', 'a 1\nb 2\n', 'a 1\nb 2'],
    [
      'digests, times and ids of the run',
      `${'a'.repeat(64)} 12.5 ms 2026-01-01T00:00:00Z`,
      `${'b'.repeat(64)} 7 ms 2027-02-02T10:00:00.123Z`,
    ],
    ['another port', 'on http://127.0.0.1:41234/x', 'on http://127.0.0.1:8081/x'],
    ['"..." within a line', '{"a":1,"b":2,"c":3}', '{"a":1, ... "c":3}'],
    ['"..." on a line of its own', 'first\nsecond\nthird\nlast', 'first\n...\nlast'],
    ['"..." for no line', 'first\nlast', 'first\n...\nlast'],
    ['progress that was printed', 'chunks ... 1 of 2, about 0 s left\ndone', 'done'],
    ['progress of a name with hyphens', 'checking clinical-decision-support ...\ndone', 'done'],
    ['a time of minutes and one of seconds', 'took 2 min 5 s', 'took 47.5 s'],
  ])('is %s', (_, printed, shown) => {
    expect(isAsShown(printed, shown)).toBe(true);
  });

  it.each([
    ['another number', '3 items', '4 items'],
    ['a line more', 'a\nb', 'a'],
    ['a line less', 'a', 'a\nb'],
    ['a line that "..." does not reach', 'first\nlast', 'first\n...\nsecond\n...\nlast'],
    ['a sign of a pattern', 'abc', 'a.c'],
    ['a digest that is short', 'sha256 aaaaaaaaaaaa', 'sha256 bbbbbbbbbbbb'],
  ])('is not %s', (_, printed, shown) => {
    expect(isAsShown(printed, shown)).toBe(false);
  });
});

describe('a block of commands', () => {
  it('has comments, continued lines and quotes over lines', () => {
    expect(parseShellBlock('# why\nls -l   # list\n\ncurl \\\n  -s url\necho "a\nb"')).toEqual([
      { command: 'ls -l   # list', output: undefined },
      { command: 'curl \\\n  -s url', output: undefined },
      { command: 'echo "a\nb"', output: undefined },
    ]);
  });

  it('of a terminal has commands and output', () => {
    expect(parseShellBlock('$ one\nsays\n\n# not a comment\n$ two \\\n  -x')).toEqual([
      { command: 'one', output: 'says\n\n# not a comment' },
      { command: 'two \\\n  -x', output: undefined },
    ]);
  });

  it('is refused where no shell can read it', () => {
    expect(() => parseShellBlock('echo "never closed')).toThrow('No shell can read');
    expect(() => parseShellBlock('says\n$ one')).toThrow('before the first command');
  });

  it('is divided into simple commands, and operators within quotes are none', () => {
    expect(simpleCommands("a --x '1;2' | b && c > out # d")).toEqual([['a', '--x', '1;2'], ['b'], ['c'], ['out']]);
  });
});
