import { spawn } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { memoryOf } from './process-memory.js';

describe.skipIf(process.platform !== 'linux')('the memory of a process group', () => {
  it('is that of all its processes, whatever they are called, and of no others', async () => {
    const hold = (mebibytes: number) =>
      `const held = Buffer.alloc(${mebibytes} * 2 ** 20, 1); process.title = 'a ) (b'; console.log('ready'); setInterval(() => held, 1000)`;
    const script = `require('child_process').spawn(process.execPath, ['-e', ${JSON.stringify(hold(120))}], { stdio: 'inherit' }); ${hold(80)}`;
    const child = spawn(process.execPath, ['-e', script], { detached: true, stdio: ['ignore', 'pipe', 'ignore'] });
    const group = child.pid as number;
    try {
      let printed = '';
      await new Promise<void>((resolve) => {
        child.stdout.on('data', (part) => {
          printed += String(part);
          if (printed.split('ready').length === 3) resolve();
        });
      });
      expect(await memoryOf(group)).toBeGreaterThan(200 * 2 ** 20);
    } finally {
      process.kill(-group, 'SIGKILL');
    }
    await new Promise((resolve) => child.once('close', resolve));
    expect(await memoryOf(group)).toBe(0);
  });
});
