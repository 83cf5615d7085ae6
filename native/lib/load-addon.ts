import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { PREBUILT_ADDON, whyPrebuiltFails } from './prebuilt-addon.js';

/** Whether kernels and shared memory are native in this process, and if not, why. */
export type NativeStatus =
  | {
      readonly isLoaded: true;
      /** The vector instructions that the kernels use on this processor. */
      readonly simd: 'baseline' | 'avx2' | 'avx512';
    }
  | {
      readonly isLoaded: false;
      /** One sentence: what is the matter, and what to do about it. */
      readonly reason: string;
      /** Each place that was tried, with what came of it. For a person at this machine: it names paths. */
      readonly tried: readonly string[];
    };

interface AddonCore {
  readonly interfaceVersion: number;
  readonly simd: 'baseline' | 'avx2' | 'avx512';
}

/** Changes with every change of a function between the addon and this package. */
const INTERFACE_VERSION = 5;

// Relative to lib/ in the sources and to dist/ in the build alike. What was compiled here goes before what came with
// the package: it is why somebody compiled it.
const BUILDS: Readonly<Record<string, readonly string[]>> = {
  release: ['../build/deephealth.node', PREBUILT_ADDON],
  sanitized: ['../build/sanitized/deephealth.node'],
};

/** From the root of the repository, or of the project that the package is installed in. */
const BUILD_COMMAND = /[\\/]node_modules[\\/]/.test(fileURLToPath(import.meta.url))
  ? 'node node_modules/@deephealth/native/build-addon.mjs'
  : 'npm run build';

interface Loaded {
  readonly addon: AddonCore | undefined;
  readonly status: NativeStatus;
}

let loaded: Loaded | undefined;

/** Whether the addon serves in this process. Loads it at the first call. */
export function nativeStatus(): NativeStatus {
  loaded ??= load();
  return loaded.status;
}

/**
 * The addon's functions, or undefined where the TypeScript twins serve.
 *
 * @typeParam T the functions that the caller uses, as their group declares them
 */
export function loadAddon<T>(): T | undefined {
  loaded ??= load();
  return loaded.addon as T | undefined;
}

/**
 * The addon where it can be of use for `elements` elements: a call of it costs more than a twin takes
 * for a few. Results are the same.
 */
export function addonFor<T>(elements: number): T | undefined {
  return elements < FEW_ELEMENTS ? undefined : loadAddon<T>();
}

const FEW_ELEMENTS = 64;

function load(): Loaded {
  const wish = process.env.DEEPHEALTH_NATIVE ?? 'auto';
  if (wish === 'off') {
    return fallback('The native addon is switched off by DEEPHEALTH_NATIVE=off.', []);
  }
  if (wish !== 'auto' && wish !== 'require') {
    throw new RangeError('DEEPHEALTH_NATIVE is "auto", "off" or "require"');
  }
  const build = process.env.DEEPHEALTH_NATIVE_BUILD ?? 'release';
  if (!Object.hasOwn(BUILDS, build)) {
    throw new RangeError('DEEPHEALTH_NATIVE_BUILD is "release" or "sanitized"');
  }
  const tried: string[] = [];
  const require = createRequire(import.meta.url);
  for (const place of BUILDS[build] ?? []) {
    const path = fileURLToPath(new URL(place, import.meta.url));
    try {
      const addon = require(path) as AddonCore;
      if (addon.interfaceVersion === INTERFACE_VERSION) {
        return { addon, status: { isLoaded: true, simd: addon.simd } };
      }
      tried.push(`${path}: is of another version (${addon.interfaceVersion}, needed ${INTERFACE_VERSION})`);
    } catch (error) {
      const why = place === PREBUILT_ADDON ? whyPrebuiltFails() : undefined;
      tried.push(`${path}: ${why ?? firstLine(error)}`);
    }
  }
  const reason = `The native addon is not built or does not load here; a C++17 compiler and \`${BUILD_COMMAND}\` make it.`;
  if (wish === 'require') throw new Error(`${reason} Tried:\n${tried.join('\n')}`);
  return fallback(reason, tried);
}

function fallback(reason: string, tried: readonly string[]): Loaded {
  return { addon: undefined, status: { isLoaded: false, reason, tried } };
}

function firstLine(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split('\n', 1)[0] as string;
}
