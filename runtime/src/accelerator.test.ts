import { spawnSync } from 'node:child_process';
import { expect, it } from 'vitest';

const said = (wish: string) =>
  spawnSync(
    process.execPath,
    [
      '--input-type=module',
      '-e',
      `import { describeAccelerator } from ${JSON.stringify(import.meta.resolve('@deephealth/runtime'))}; console.log(describeAccelerator());`,
    ],
    { encoding: 'utf8', env: { ...process.env, DEEPHEALTH_NATIVE: wish } },
  );

it('says that the addon is switched off, and what serves instead', () => {
  expect(said('off').stdout).toBe(
    'The native addon is switched off by DEEPHEALTH_NATIVE=off. onnxruntime-node and the TypeScript kernels serve.\n',
  );
});

it('says in one line what serves, whatever it is', () => {
  expect(said('auto').stdout).toMatch(/^(The native addon serves \((baseline|avx2|avx512)\)\.|.* kernels serve\.)\n$/);
});

it('names the values that the variable takes', () => {
  const { status, stderr } = said('on');
  expect([status, stderr]).toEqual([1, expect.stringContaining('DEEPHEALTH_NATIVE is "auto", "off" or "require"')]);
});
