import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { deephealthHere } from '../../cli/test/cli-process.js';
import { simpleCommands } from '../../scripts/docs/shell-block.mjs';
import { ROOT } from './pages.js';

const scriptsIn = (file: string) => Object.keys(JSON.parse(readFileSync(join(ROOT, file), 'utf8')).scripts);
/** Of this repository, and of the project that "deephealth adapter new" writes. */
const SCRIPTS = ['package.json', 'cli/templates/adapter/ts/package.json'].flatMap(scriptsIn);
const NPM = new Set(['start', 'test', 'ci', 'install', 'init', 'pack', 'run']);

const helpOf = new Map<string, Promise<string>>();

function help(...path: string[]): Promise<string> {
  const key = path.join(' ');
  let known = helpOf.get(key);
  if (known === undefined) {
    known = deephealthHere(...path, '--help').then(({ stdout }) => stdout);
    helpOf.set(key, known);
  }
  return known;
}

/** The commands that a help lists. */
function commandsIn(text: string): string[] {
  const [, list = ''] = text.split(/^Commands:$/m);
  return [...list.matchAll(/^ {2}([a-z][\w-]*)/gm)].map(([, name = '']) => name);
}

/** What of a line of `deephealth` is not there; its own options only, not those after "--". */
async function faultsOfDeephealth(words: readonly string[]): Promise<string[]> {
  const own = words.includes('--') ? words.slice(0, words.indexOf('--')) : words;
  const path: string[] = [];
  let text = await help();
  for (const word of own) {
    const below = commandsIn(text);
    if (below.length === 0) break;
    if (word.startsWith('-')) break;
    if (!below.includes(word)) return [`there is no "deephealth ${[...path, word].join(' ')}"`];
    path.push(word);
    text = await help(...path);
  }
  return own
    .map((word) => word.replace(/^\[/, '').replace(/[=\]].*$/, ''))
    .filter((word) => /^--?[a-zA-Z]/.test(word) && !new RegExp(`(?:^|[ ,])${word}(?![\\w-])`, 'm').test(text))
    .map((option) => `"deephealth ${path.join(' ')}" has no ${option}`);
}

/** Assignments and keywords of the shell come before the command. */
const withoutBefore = (words: readonly string[]) => {
  const first = words.findIndex((word) => !/^(?:\w+=|\$$|do$|then$|if$|\{$|exec$)/.test(word));
  return first < 0 ? [] : words.slice(first);
};

async function faultsOf(words: readonly string[]): Promise<string[]> {
  const [program, ...rest] = withoutBefore(words);
  if (program === 'deephealth') return faultsOfDeephealth(rest);
  if (program === 'npx') return rest[0] === 'deephealth' ? faultsOfDeephealth(rest.slice(1)) : [];
  if (program === 'npm') {
    const [verb = '', name = ''] = rest;
    if (!NPM.has(verb)) return [`npm ${verb} is not known here`];
    return verb !== 'run' || SCRIPTS.includes(name) ? [] : [`package.json has no script "${name}"`];
  }
  const isScript = program === 'node' || program?.endsWith('python3');
  const [script = ''] = rest;
  if (isScript && /^(?:samples|scripts|conformance|bench|interop|adapters)\/[^$]*\.m?(?:js|py)$/.test(script)) {
    return existsSync(join(ROOT, script)) ? [] : [`there is no ${script}`];
  }
  return [];
}

/** What a line names that is not there: commands, options, scripts. Help is read in this process, one line at a time. */
export async function faultsOfCommand(line: string): Promise<string[]> {
  const faults: string[] = [];
  for (const words of simpleCommands(line)) faults.push(...(await faultsOf(words)));
  return faults;
}
