// What `--help` says of every command, and of those within.
import { anchor, page } from './markdown.mjs';

/** @param run runs one command line and gives what it wrote to standard output */
export async function renderCommands(run) {
  const all = await allHelp(run, []);
  const intro = 'What each command is for is in the guides.';
  const list = all.map(({ line }) => `- [${line}](#${anchor(line)})\n`).join('');
  const sections = all.map(({ line, help }) => `\n## ${line}\n\n\`\`\`\`text\n${help.trim()}\n\`\`\`\`\n`);
  return `${page('The deephealth command', '`--help` of every command', intro)}\n${list}${sections.join('')}`;
}

async function allHelp(run, words) {
  const help = await run([...words, '--help']);
  const [, list = ''] = help.split(/^Commands:$/m);
  const names = [...list.matchAll(/^ {2}([a-z][\w-]*)/gm)].map(([, name]) => name).filter((name) => name !== 'help');
  const all = [{ line: ['deephealth', ...words].join(' '), help }];
  for (const name of names) all.push(...(await allHelp(run, [...words, name])));
  return all;
}
