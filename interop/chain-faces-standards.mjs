// Not part of the suite: the peer chain_faces against checkouts of the standards' own repositories, or against a
// server that runs its chains for real.
//
//   node interop/chain-faces-standards.mjs --wes DIR --service-info DIR --ogc DIR [--ogc DIR]
//   node interop/chain-faces-standards.mjs --url http://127.0.0.1:8080 --study FILE --media-type TYPE [--key KEY]
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { runChainFacesChecks, runFacesClient } from './chain-faces-peer.mjs';
import { CheckReport } from './check-report.mjs';
import { PEERS } from './peers.mjs';

const name = 'chain_faces';
const root = resolve(import.meta.dirname, '..');
const scratch = mkdtempSync(join(tmpdir(), 'chain-faces-'));
const report = new CheckReport();
try {
  const venvPython = await PEERS[name].install(root, name);
  // The checks run in a folder of their own.
  const paths = ['--wes', '--service-info', '--ogc', '--study'];
  const more = process.argv.slice(2).map((one, index, all) => (paths.includes(all[index - 1]) ? resolve(one) : one));
  const context = { root, name, scratch };
  if (more.includes('--url')) report.add(await runFacesClient(venvPython, context, more));
  else await runChainFacesChecks(venvPython, context, report, more);
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
process.stdout.write(`${report.passed} passed, ${report.failed} failed\n`);
process.exitCode = report.failed === 0 ? 0 : 1;
