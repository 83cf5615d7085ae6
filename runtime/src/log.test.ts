import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { transformSync } from 'esbuild';
import { describe, expect, it } from 'vitest';
import { createJsonLog, type LogFields, type LogLevel } from './log.js';

function logged(...calls: [level: LogLevel, event: string, fields?: LogFields][]): string[] {
  const lines: string[] = [];
  const log = createJsonLog('info', (line) => lines.push(line));
  for (const call of calls) log(...call);
  return lines;
}

describe('the log', () => {
  it('is one JSON object a line, with time, level and event first', () => {
    const [line = '', ...rest] = logged([
      'warn',
      'run.failed',
      { code: 'DH_CANCELLED', items: 3, memoryExceeded: false },
    ]);
    expect(rest).toEqual([]);
    expect(line).toMatch(
      /^\{"time":"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z","level":"warn","event":"run\.failed","code":"DH_CANCELLED","items":3,"memoryExceeded":false\}\n$/,
    );
  });

  it('leaves out what is below its level, and fields that are undefined', () => {
    const lines = logged(['debug', 'a'], ['info', 'b', { why: undefined }], ['error', 'c']);
    expect(lines.map((line) => JSON.parse(line).event)).toEqual(['b', 'c']);
    expect(JSON.parse(lines[0] ?? '')).not.toHaveProperty('why');
  });

  it('lets no field take the place of time, level or event', () => {
    const [line = ''] = logged(['error', 'host.exited', { level: 'debug', event: 'all.well', time: 'never' }]);
    expect(JSON.parse(line)).toMatchObject({
      level: 'error',
      event: 'host.exited',
      level_: 'debug',
      event_: 'all.well',
    });
    expect(Date.parse(JSON.parse(line).time)).not.toBeNaN();
  });

  it('lets no text end its line, forge another or steer a terminal', () => {
    const text = 'a\n{"level":"info"}\r\u2028\u2029\u0085\u001b[31m\u009b2J\u202e\u007f"\\';
    const [line = '', ...rest] = logged(['info', text, { [text]: text }]);
    expect(rest).toEqual([]);
    expect(line).toMatch(/^[\x20-\x7e]+\n$/);
    expect(JSON.parse(line)).toMatchObject({ event: text, [text]: text });
  });

  it('keeps letters of other languages readable', () => {
    expect(logged(['info', 'x', { name: 'Müller 心電図' }])[0]).toContain('Müller 心電図');
  });

  it('bounds the length of a line, and says what was cut', () => {
    const fields = Object.fromEntries(Array.from({ length: 500 }, (_, i) => [`field${i}`, 'x'.repeat(100_000)]));
    const [line = ''] = logged(['info', 'y'.repeat(100_000), fields]);
    expect(line.length).toBeLessThan(100_000);
    expect(JSON.parse(line).field0).toMatch(/^x{2000}\.\.\. \(100000 characters\)$/);
  });

  it.skipIf(process.platform === 'win32')('goes on though nobody reads it any more', async () => {
    // Only a process of its own can lose its standard error.
    const source = readFileSync(new URL('log.ts', import.meta.url), 'utf8');
    const { code } = transformSync(source, { loader: 'ts', format: 'esm', target: 'es2022' });
    const script = `
      const log = createJsonLog('info');
      log('info', 'first');
      process.stdin.once('data', () => {
        for (let i = 0; i < 50; i++) log('info', 'nobody.reads', { i });
        setImmediate(() => setImmediate(() => process.stdout.write('alive', () => process.exit(0))));
      });`;
    const child = spawn(process.execPath, ['--input-type=module', '--eval', code + script]);
    let printed = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      printed += text;
    });
    const closed = new Promise<number | null>((resolve) => child.once('close', (code) => resolve(code)));
    await new Promise((resolve) => child.stderr.once('data', resolve));
    const unread = new Promise((resolve) => child.stderr.once('close', resolve));
    child.stderr.destroy();
    await unread;
    child.stdin.end('go');
    expect({ code: await closed, printed }).toEqual({ code: 0, printed: 'alive' });
  });
});
