import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { addonPath, isAddonBuilt } from './addon-under-test.js';

process.env.ORT_DISABLE_TELEMETRY = '1';

const require = createRequire(import.meta.url);
const binding = join(
  dirname(require.resolve('onnxruntime-node/package.json')),
  `bin/napi-v6/${process.platform}/${process.arch}/onnxruntime_binding.node`,
);

describe.skipIf(!isAddonBuilt || !existsSync(binding))(
  "methods of EngineSession on another addon's object (skipped without either addon)",
  () => {
    it('are refused: its memory is not that of a session', () => {
      const { EngineSession } = require(addonPath) as { EngineSession: new () => object };
      const { InferenceSession } = require(binding) as { InferenceSession: new () => object };
      const foreign = new InferenceSession();
      const methods = Object.getOwnPropertyNames(EngineSession.prototype).filter((name) => name !== 'constructor');
      expect(methods.length).toBeGreaterThan(5);
      for (const name of methods) {
        const method = (EngineSession.prototype as Record<string, () => unknown>)[name] as () => unknown;
        expect(() => method.call(foreign), name).toThrow('Illegal invocation');
      }
    });
  },
);
