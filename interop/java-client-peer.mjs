// A client in Java, with stubs that protoc made of the contract, on the ExpressIF adapter.
import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { javaCommand, requireMaven, runMaven } from './build-tools.mjs';
import { builtCopy } from './built-copy.mjs';
import { peerFolder } from './peer-folder.mjs';
import { runProcess } from './run-process.mjs';
import { serveModels } from './served-runtime.mjs';

const RUN_LIMIT_MS = 300_000;
const MODEL = join('heart-disease-risk', '1.0.0');
const RULE_BASE = 'heart-disease-risk/1.0.0/heart-disease';

/** Gives the words of the command that runs the client. */
export async function installJavaClient(root, name) {
  await requireMaven();
  const contract = join(root, 'proto', 'proto');
  const places = {
    source: join(root, 'interop', 'java_client'),
    folder: join(peerFolder(root, name), 'client'),
    dependsOn: [contract],
  };
  const folder = await builtCopy(places, (copy) => runMaven(copy, [`-Dcontract.folder=${contract}`]));
  return javaCommand(folder, 'interop.RuleClient');
}

export async function runJavaClientChecks([command, ...args], { root, name, scratch }, report) {
  const folder = join(scratch, 'java-client');
  const store = join(folder, 'models');
  mkdirSync(store, { recursive: true });
  cpSync(join(root, 'samples', 'models', MODEL), join(store, MODEL), { recursive: true });
  const config = join(folder, 'adapter.json');
  writeFileSync(config, JSON.stringify({ port: 0, contractPort: 0, stateFolder: 'state' }));
  const question = join(root, 'samples', 'rules', 'question.json');
  const server = await serveModels(root, ['--models', store, '--adapter', 'expressif', '--adapter-config', config]);
  try {
    const { contractAddress, url } = server.adapter;
    const words = [...args, contractAddress, url, RULE_BASE, question, 'thallium_stress', 'thallium', 'cholesterol'];
    const { stdout } = await runProcess(command, words, { limitMs: RUN_LIMIT_MS, showStderr: true });
    report.add(JSON.parse(stdout));
  } finally {
    const { faults } = await server.stop(server.models.length);
    await report.check(name, 'leaves no fault in the log of the server', () => {
      if (faults.length > 0) throw new Error(faults.join('\n'));
    });
  }
}
