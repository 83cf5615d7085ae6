// Renders docs/newcomer-walk.md of the steps that a walk took.
import { NORMALISED } from './compare-output.mjs';
import { BROUGHT } from './place.mjs';

const LINES_SHOWN = 40;

const HEAD = `# A newcomer's walk

Written by \`npm run walk\`, which clones this repository into an empty folder and runs the commands of [README](../README.md) there, all of them, in order, and nothing else. It fails on the first command that fails. \`npm test\`, which README names as well, is not among them: it takes longer than all of the walk.

What differs from run to run stands as \`<...>\`: ${NORMALISED.filter(({ as }) => as !== '')
  .map(({ what }) => what)
  .join(', ')}. The lines that npm and the build print are left out.

`;

/** Lines of the installation and the build, which say something of the machine only. */
const OF_THE_MACHINE =
  /^(?:npm (?:warn|notice)|build: |\s*$|Installing packages|Building |added \d+ packages|up to date|The native addon|No native addon)/;

export function renderWalk(steps, isBuilt) {
  const built = isBuilt
    ? `This time what is installed and built was taken from the folder that was cloned (\`--built\`).\n\n`
    : '';
  return HEAD + built + steps.map(renderStep).join('\n');
}

function renderStep({ command, printed, status, stays, brought }, place) {
  const lines = printed.split('\n').filter((line) => !OF_THE_MACHINE.test(line));
  const more = lines.length - LINES_SHOWN;
  const shown = more > 0 ? [...lines.slice(0, LINES_SHOWN), '...'] : lines;
  const names = (brought ?? '').split(' ').filter((name) => name !== '');
  return [
    `## ${place + 1}. \`${command.replace(/\s+#.*$/, '')}\``,
    '',
    ...(names.length > 0
      ? [`The reader brings ${names.map((name) => `\`${name}\` (here: ${BROUGHT[name].from})`).join(', ')}.`, '']
      : []),
    `${stays ? 'Stays; ready' : `Exit code ${status}`}.${more > 0 ? ` ${more} further lines are left out.` : ''}`,
    '',
    ...(lines.length > 0 ? ['<!-- shown: kept by npm run walk -->', '```text', ...shown, '```', ''] : []),
  ].join('\n');
}
