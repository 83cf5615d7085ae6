// The runtime and CDS Hooks in one process, as `deephealth serve --adapter clinical-decision-support` runs them.
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createClinicalDecisionSupportAdapter } from '@deephealth/adapter-clinical-decision-support';
import { startRuntimeServer } from '@deephealth/runtime';
import { answerCalls } from '../processes/answer-calls.mjs';

let stop = async () => undefined;

answerCalls({
  /** Serves a store and the bindings of `packages`; gives the base URL once every model is READY. */
  async serve({ models, packages, deadlineMs }) {
    const stateFolder = mkdtempSync(join(tmpdir(), 'deephealth-bench-cds-'));
    process.once('exit', () => rmSync(stateFolder, { recursive: true, force: true }));
    const runtime = await startRuntimeServer({ models: [models], port: 0 });
    await runtime.verified;
    let adapter;
    const server = createServer((request, response) => adapter.listener(request, response));
    await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
    const baseUrl = `http://127.0.0.1:${server.address().port}`;
    adapter = await createClinicalDecisionSupportAdapter({
      runtime: runtime.address,
      packages,
      baseUrl,
      trust: { mode: 'none' },
      stateFolder,
      audit: {},
      deadlineMs,
    });
    stop = async () => {
      server.closeAllConnections();
      await adapter.close();
      await runtime.stop();
    };
    return baseUrl;
  },

  stop: () => stop(),
});
