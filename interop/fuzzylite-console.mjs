// The command line program of fuzzylite 6, which Debian packages.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { unpackDebianPackage, unpackedEnvironment } from './debian-packages.mjs';
import { peerFolder } from './peer-folder.mjs';
import { lastLines, runProcess } from './run-process.mjs';
import { Skipped } from './skipped.mjs';

/** @typedef {{ command: string, env: Record<string, string> }} Console */

/**
 * As it is installed, else Debian's package unpacked below .build/. Throws Skipped where it cannot be had.
 *
 * @returns {Promise<Console>}
 */
export async function installFuzzyliteConsole(root) {
  const installed = { command: 'fuzzylite', env: {} };
  if (await answers(installed)) return installed;
  const folder = peerFolder(root, 'fuzzylite_console');
  const command = join(folder, 'root', 'usr', 'bin', 'fuzzylite');
  if (!existsSync(command)) await unpackDebianPackage(folder, 'fuzzylite');
  const unpacked = { command, env: unpackedEnvironment(folder).env };
  if (!(await answers(unpacked))) throw new Skipped('Debian has its package, and the program does not start.');
  return unpacked;
}

/** What is compared with, and timed, is version 6. */
async function answers({ command, env }) {
  const { stdout } = await runProcess(command, ['--help'], { limitMs: 30_000, env });
  return stdout.includes('version: 6.');
}

/** Runs the console; gives what it printed. Throws what it complained of. */
export async function runFuzzylite({ command, env }, args, limitMs = 120_000) {
  const { code, stdout, stderr } = await runProcess(command, args, { limitMs, env });
  if (code !== 0) throw new Error(`the console of fuzzylite ended with ${code}.\n${lastLines(stdout + stderr)}`);
  return stdout;
}

/** A row of a table as the console writes them, with `nan` and `inf`. */
export const toNumbers = (line) =>
  line
    .trim()
    .split(/\s+/)
    .map((word) => Number(word.replace('inf', 'Infinity')));
