// npm run soak [-- --minutes 20 | --seconds 45] [--seed 1] [--rate 400] [--out <folder>] [--no-restarts]
//   [--audit] [--fault leak|wrong ...]: a real server under mixed load, swaps, kills and bad input; ends with a
// verdict as text, as JSON and as a page with plots, and with exit code 0 or 1.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { renderPage } from './plot.mjs';
import { runSoak } from './run-soak.mjs';

const USAGE = `npm run soak [-- <options>]
  --minutes <n>     default 20
  --seconds <n>     instead of minutes; at least 10
  --seed <n>        of all that is random here; default 1
  --rate <n>        requests a second, all callers together; default 400
  --out <folder>    default .build/soak
  --no-restarts     the server itself is not killed and not restarted
  --audit           the server writes an audit, which must hold every acknowledged request
  --fault <what>    "leak" or "wrong": a server that has the fault, to see that the soak finds it
`;

const { values } = parse();
const number = (name, fallback) => {
  const value = Number(values[name] ?? fallback);
  if (!(Number.isFinite(value) && value > 0)) fail(`--${name} must be a number above 0.`);
  return value;
};
const seconds = values.seconds === undefined ? number('minutes', 20) * 60 : number('seconds');
if (seconds < 10) fail('A soak takes at least 10 seconds.');
if (process.platform !== 'linux') fail('A soak looks at processes through /proc, which only Linux has.');
const faults = new Set(values.fault ?? []);
for (const fault of faults) if (!['leak', 'wrong'].includes(fault)) fail(`--fault knows "leak" and "wrong".`);
const out = resolve(values.out ?? '.build/soak');
mkdirSync(out, { recursive: true });

const started = Date.now();
const report = await runSoak({
  seconds,
  seed: number('seed', 1),
  requestsPerSecond: number('rate', 400),
  restarts: !values['no-restarts'],
  faults,
  audit: values.audit === true,
  say: (text) => process.stderr.write(`[${((Date.now() - started) / 1000).toFixed(0)} s] ${text}\n`),
});
const { done } = report;
report.summary =
  `${done.right} right answers of ${done.asked} requests in ${report.seconds.toFixed(0)} s with seed ${report.seed}; ` +
  `${done.hostileRequests} hostile requests, ${done.swaps} swaps, ${done.hostKills} hosts killed, ` +
  `${done.serverRestarts} restarts of the server; runs of up to ${done.largestRun} items.`;
writeFileSync(join(out, 'soak.json'), `${JSON.stringify(report, null, 2)}\n`);
writeFileSync(join(out, 'soak.html'), renderPage(report));
const lines = report.checks.map(({ name, isPassed, text }) => `  ${isPassed ? 'ok  ' : 'FAIL'}  ${name}: ${text}`);
const text = `${report.summary}\n${lines.join('\n')}\nSoak ${report.isPassed ? 'passed' : 'FAILED'}\n`;
writeFileSync(join(out, 'soak.txt'), text);
process.stdout.write(text);
process.exit(report.isPassed ? 0 : 1);

function parse() {
  try {
    return parseArgs({
      options: {
        minutes: { type: 'string' },
        seconds: { type: 'string' },
        seed: { type: 'string' },
        rate: { type: 'string' },
        out: { type: 'string' },
        'no-restarts': { type: 'boolean' },
        audit: { type: 'boolean' },
        fault: { type: 'string', multiple: true },
        help: { type: 'boolean' },
      },
    });
  } catch (error) {
    return fail(error.message);
  }
}

function fail(text) {
  process.stderr.write(`${text}\n${USAGE}`);
  process.exit(2);
}
