// The Python client as a wheel: stubs are generated of the contract, into a copy, and packed with the code over them.
import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/**
 * @param {string} root
 * @param {string} output folder for the wheel
 * @param {string} python with grpcio-tools and setuptools, as interop/packed_packages/requirements.txt has them
 * @returns {Promise<string>} the name of the wheel
 */
export async function buildWheel(root, output, python) {
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const scratch = mkdtempSync(join(tmpdir(), 'deephealth-wheel-'));
  try {
    const project = join(scratch, 'project');
    cpSync(join(root, 'clients', 'python'), project, {
      recursive: true,
      filter: (path) => !/__pycache__|egg-info/.test(path),
    });
    // 1.2.0-rc.1 is 1.2.0rc1 in Python's words.
    writeFileSync(join(project, 'VERSION'), version.replace(/-([a-z]+)\.?(\d+)$/, '$1$2'));
    const generated = join(scratch, 'generated');
    await run(python, [join(root, 'interop', 'generate_stubs.py'), join(root, 'proto', 'proto'), generated]);
    // Of google.rpc there is a package for all; of the Open Inference Protocol, clients that bring their own.
    renameSync(join(generated, 'deephealth'), join(project, 'src', 'deephealth'));
    for (const folder of ['', 'runtime', 'runtime/v1', 'adapter', 'adapter/v1']) {
      writeFileSync(join(project, 'src', 'deephealth', folder, '__init__.py'), '');
    }
    mkdirSync(output, { recursive: true });
    const program = `import sys; from setuptools.build_meta import build_wheel; print(build_wheel(sys.argv[1]))`;
    const env = { ...process.env, PYTHONDONTWRITEBYTECODE: '1' };
    await run(python, ['-c', program, output], { cwd: project, env, maxBuffer: 1 << 26 });
    return readdirSync(output).find((name) => /^deephealth_client-.*\.whl$/.test(name));
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}
