// Programs that peers in other languages are built with.
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { lastLines, runProcess } from './run-process.mjs';
import { Skipped } from './skipped.mjs';

const BUILD_LIMIT_MS = 600_000;
// A moment's work, but beside many installations and tests.
const ASK_LIMIT_MS = 120_000;

/** Throws Skipped if the program is not there. */
export async function requireProgram(program, args) {
  const { code, stderr } = await runProcess(program, args, { limitMs: ASK_LIMIT_MS });
  if (code !== 0) throw new Skipped(`it is built with ${program}, which does not run here: ${lastLines(stderr, 1)}`);
}

/** Throws with the last lines of what the command wrote if it fails. */
export async function runBuild(command, args, cwd, env = {}) {
  const { code, stdout, stderr } = await runProcess(command, args, { limitMs: BUILD_LIMIT_MS, cwd, env });
  if (code !== 0) throw new Error(`"${command} ${args.join(' ')}" failed.\n${lastLines(stdout + stderr)}`);
}

/** Throws Skipped where Maven or a Java development kit is not there. */
export async function requireMaven() {
  for (const program of ['mvn', 'javac']) await requireProgram(program, ['-version']);
}

/**
 * Compiles the project in `folder` with a repository of its own, which is gone afterwards: the project copies
 * what it runs with to target/libraries.
 */
export async function runMaven(folder, settings = []) {
  const repository = join(folder, 'target', 'repository');
  // The better compiler of the JVM would only begin to pay when Maven is done.
  const env = { MAVEN_OPTS: '-XX:TieredStopAtLevel=1 -XX:+UseSerialGC' };
  await runBuild('mvn', ['-B', '-q', `-Dmaven.repo.local=${repository}`, ...settings, 'compile'], folder, env);
  rmSync(repository, { recursive: true, force: true });
}

/** The words of the command that runs a class of what `runMaven` has built. */
export function javaCommand(folder, mainClass) {
  const path = ['classes', join('libraries', '*')].map((part) => join(folder, 'target', part)).join(':');
  return ['java', '-XX:TieredStopAtLevel=1', '-cp', path, mainClass];
}
