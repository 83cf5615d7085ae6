import { writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { describeMachine } from './machine.mjs';
import { boundText, intervalText, isMet, noiseText, valueText } from './report.mjs';

/**
 * Writes a page from the outcomes of this run.
 *
 * @param {string} file
 * @param {import('./report.mjs').Outcome[]} outcomes
 * @param {{ quick: boolean, only: string[], client: string, write: boolean, page: string }} options
 */
export function writeReport(file, outcomes, { quick, only, client, write, page }) {
  const machine = describeMachine();
  const date = new Date().toISOString().slice(0, 10);
  const asked = only.map((id) => `--only ${id} `).join('');
  const command = `npm run bench -- ${asked}${write ? '--write' : `--write-to ${page}`}`;
  const lines = [
    '# Benchmarks',
    '',
    `<!-- Written by \`${command}\`. Do not edit. -->`,
    '',
    `Measured on ${date} by \`${command}\`. Run it on your own machine: figures of another one tell little.`,
    '',
    ...(quick ? ['**A shortened run (`--quick`): a first look, no result.**', ''] : []),
    ...busyMachine(outcomes),
    ...(client === 'wire' ? ['Small unary bars with the client that costs little (`--client wire`).', ''] : []),
    ...(only.length > 0 ? [`Only the bars that begin with ${only.map((id) => `\`${id}\``).join(', ')}.`, ''] : []),
    `| machine | ${machine.processor}, ${machine.cores} cores, ${machine.memoryGib} GiB, ${machine.system} |`,
    '|---|---|',
    `| Node | ${machine.node} |`,
    `| onnxruntime-node | ${machine.onnxruntimeNode} |`,
    `| @grpc/grpc-js | ${machine.grpcJs} |`,
    `| MLServer | ${machine.mlserver} |`,
    '',
    '## Bars',
    '',
    '| bar | value | 95 % | bound | met | noise | what |',
    '|---|---|---|---|---|---|---|',
    ...outcomes.map(row),
    '',
    '## How',
    '',
    'Server and load generator are processes of their own on loopback; the load generator is a grpc-js client and shares the cores with the server, so that a machine with few cores shows less of a server than it can do. Subject and baseline take turns (baseline, subject, baseline, subject, ...). The value is the median of the rounds, each against the mean of the baselines around it; **95 %** is where it lies with that confidence (bootstrap of the rounds); the **noise** is the largest difference between two baselines that follow each other, which measure the same thing. Answers are compared with those of the bare engine, each one or a sample; one wrong answer fails the bar.',
    '',
    ...outcomes.flatMap(({ bar }) => [`- \`${bar.id}\`: ${bar.method}`]),
    '',
    '## Figures behind the values',
    '',
    'Medians of the rounds. Processor time is of a server with all its processes; `clientCores` near 1 means that the client was the bottleneck.',
    '',
    '<!-- shown: figures of one machine, as "npm run bench -- --write" keeps them -->',
    '```text',
    ...outcomes
      .filter(({ measured }) => measured?.details !== undefined)
      .map(({ bar, measured }) => `${bar.id} ${JSON.stringify(measured.details)}`),
    '```',
    '',
  ];
  writeFileSync(file, lines.join('\n'));
}

/** Above this share of the cores, other programs decide what is measured. */
const BUSY_SHARE = 0.1;

function busyMachine(outcomes) {
  const others = outcomes.flatMap(({ otherCores }) => (otherCores === undefined ? [] : [otherCores]));
  const cores = availableParallelism();
  const mean = others.reduce((sum, each) => sum + each, 0) / others.length;
  if (!(mean > BUSY_SHARE * cores)) return [];
  return [
    `**The machine was busy: other programs used ${mean.toFixed(1)} of its ${cores} cores meanwhile.** Ratios are a first look, times in milliseconds are no result.`,
    '',
  ];
}

function row({ bar, measured, skipped, error }) {
  const cells = (value, interval, met, noise) =>
    `| \`${bar.id}\` | ${value} | ${interval} | ${boundText(bar)} | ${met} | ${noise} | ${bar.title} |`;
  if (skipped !== undefined) return cells(`skipped: ${skipped}`, '', '', '');
  if (error !== undefined) return cells(`error: ${error.replaceAll('|', ' ').split('\n')[0]}`, '', 'no', '');
  const { value, interval, noise } = measured;
  const met = isMet(bar.bound, value) ? 'yes' : '**no**';
  return cells(valueText(bar, value), intervalText(interval), met, noiseText(noise));
}
