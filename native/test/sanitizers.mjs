// Whether this machine can run Node.js with a sanitized addon, and how.
import { spawnSync } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { findCompiler } from '../build-addon.mjs';

/** Sanitizers that the addon is built with. */
export const SANITIZERS = 'address,undefined';

/** The runtime that must be in the process before Node.js is: its path, or why there is none. */
export function sanitizerRuntime() {
  if (process.platform !== 'linux') return { missing: 'sanitizers are preloaded on Linux only' };
  const compiler = findCompiler();
  if (compiler === undefined) return { missing: 'no C++ compiler was found (CXX, g++, clang++, c++)' };
  for (const name of ['libasan.so', `libclang_rt.asan-${process.arch === 'x64' ? 'x86_64' : 'aarch64'}.so`]) {
    const { stdout } = spawnSync(compiler, [`-print-file-name=${name}`], { encoding: 'utf8' });
    // A compiler that has no such file repeats the name.
    const path = stdout.trim();
    if (path !== name && existsSync(path)) return { path };
  }
  return { missing: `${compiler} has no libasan; the package libasan or libgcc-devel of the system brings it` };
}

/** What a process needs in its environment to use the sanitized addon. */
export function sanitizedEnvironment(runtime, { findLeaks = false } = {}) {
  const options = {
    detect_leaks: findLeaks ? 1 : 0,
    // Node.js asks for memory that it does not get, too, and handles that itself.
    allocator_may_return_null: 1,
    quarantine_size_mb: 16,
    malloc_context_size: findLeaks ? 20 : 8,
  };
  return {
    ...process.env,
    LD_PRELOAD: runtime,
    ASAN_OPTIONS: Object.entries(options)
      .map(([name, value]) => `${name}=${value}`)
      .join(':'),
    UBSAN_OPTIONS: 'print_stacktrace=1',
    DEEPHEALTH_NATIVE: 'require',
    DEEPHEALTH_NATIVE_BUILD: 'sanitized',
  };
}

/**
 * Undefined where leaks are found here; else why not. A process that may not trace itself, as in some
 * containers, finds none, and would call every program sound.
 */
export function whyNoLeaksAreFound(folder) {
  const [source, program] = [join(folder, 'leak.cc'), join(folder, 'leak')];
  const text = '#include <cstdlib>\nvoid* volatile kept;\nint main() { kept = std::malloc(77); kept = nullptr; }\n';
  writeFileSync(source, text);
  const built = spawnSync(findCompiler(), ['-fsanitize=address', '-o', program, source], { encoding: 'utf8' });
  if (built.status !== 0) return 'a program with the address sanitizer could not be built';
  const { stderr } = spawnSync(program, {
    encoding: 'utf8',
    env: { ...process.env, ASAN_OPTIONS: 'detect_leaks=1' },
  });
  return /77 byte\(s\) leaked/.test(stderr) ? undefined : 'LeakSanitizer does not find a leak that was made for it';
}
