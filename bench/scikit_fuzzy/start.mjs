import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { installPythonPeer } from '../../interop/python-peer.mjs';
import { Skipped } from '../skipped.mjs';

const HERE = dirname(fileURLToPath(import.meta.url));
const ROOT = dirname(dirname(HERE));

/**
 * A process with scikit-fuzzy that has read a rule base and its records. Throws Skipped where scikit-fuzzy cannot
 * be installed.
 *
 * @param {string} folder for a file of both
 * @returns {Promise<{ evaluate(count: number): Promise<{ seconds: number, values: number[][] }>, stop(): void }>}
 */
export async function startScikitFuzzy(folder, ruleBase) {
  const python = await installPythonPeer(ROOT, 'scikit_fuzzy', { folderOf: HERE }).catch((error) => {
    throw new Skipped(`scikit-fuzzy: ${error.message.split('\n')[0]}`);
  });
  const file = join(folder, 'rule-base.json');
  writeFileSync(file, JSON.stringify(ruleBase));
  const child = spawn(python, [join(HERE, 'evaluate.py'), file], { stdio: ['pipe', 'pipe', 'inherit'] });
  const stop = () => child.kill('SIGKILL');
  process.once('exit', stop);
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const answer = async () => {
    const { value, done } = await lines.next();
    if (done) throw new Error(`scikit-fuzzy ended (${child.exitCode ?? (await once(child, 'exit'))[0]})`);
    return JSON.parse(value);
  };
  await answer();
  return {
    evaluate(count) {
      child.stdin.write(`${count}\n`);
      return answer();
    },
    stop() {
      process.off('exit', stop);
      stop();
    },
  };
}
