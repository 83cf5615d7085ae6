// Commands of a block, and what the block shows that they print.
//
// The rule. A block with lines that begin with "$ " is a terminal: these lines are commands, what follows up to the
// next is output. In any other block each line is a command. A line that ends with a backslash goes on in the next, as
// does one within quotes or a "for". Empty lines and lines that begin with "#" are neither.
import { spawnSync } from 'node:child_process';

/** [{ command, output }]; output is undefined where the block shows none. Throws where the shell cannot read it. */
export function parseShellBlock(text) {
  const lines = text.split('\n');
  const isTerminal = lines.some((line) => line.startsWith('$ '));
  const found = [];
  for (let at = 0; at < lines.length; at += 1) {
    const line = lines[at];
    if (isTerminal && !line.startsWith('$ ')) {
      const last = found.at(-1);
      if (last === undefined) throw new Error(`"${line}" stands before the first command.`);
      last.output = last.output === undefined ? line : `${last.output}\n${line}`;
      continue;
    }
    if (!isTerminal && (line.trim() === '' || line.trimStart().startsWith('#'))) continue;
    let command = isTerminal ? line.slice(2) : line;
    while (!isWhole(command)) {
      at += 1;
      if (at >= lines.length) throw new Error(`No shell can read "${command}".`);
      command += `\n${lines[at]}`;
    }
    found.push({ command, output: undefined });
  }
  return found;
}

function isWhole(command) {
  // "<uid>" stands for something to fill in; a shell would take it for a redirection.
  const readable = command.replaceAll(/<[a-z][a-z -]*>/g, 'placeholder');
  return !/\\$/.test(readable) && spawnSync('bash', ['-n', '-c', readable]).status === 0;
}

/** The words of a command, with quotes and comments taken away: enough to look at its options. */
export function wordsOf(command) {
  const words = [];
  const joined = command.replaceAll('\\\n', ' ');
  for (const [, double, single, operator, comment, plain] of joined.matchAll(
    /"((?:[^"\\]|\\.)*)"|'([^']*)'|(\|\||&&|[|;>])|(?<=^|\s)(#.*)|((?:[^\s"'|;>]|<[a-z -]+>)+)/g,
  )) {
    if (comment !== undefined) continue;
    words.push(operator === undefined ? (double ?? single ?? plain) : { operator });
  }
  return words;
}

/** The simple commands of a line: what stands between "|", "&&", "||" and ";". */
export function simpleCommands(command) {
  const found = [[]];
  for (const word of wordsOf(command)) {
    if (typeof word === 'string') found.at(-1).push(word);
    else found.push([]);
  }
  return found.filter((words) => words.length > 0);
}
