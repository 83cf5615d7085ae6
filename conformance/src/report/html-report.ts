import type { CaseResult, CaseStatus } from '../run/case-result.js';
import type { SuiteReport } from './suite-report.js';

const VERDICTS = {
  conformant: ['Conformant', '#1a7f37'],
  partial: ['Partly judged', '#9a6700'],
  'non-conformant': ['Not conformant', '#cf222e'],
  error: ['The suite or the way to the target failed', '#57606a'],
} as const;
const GOOD: readonly CaseStatus[] = ['pass', 'unsupported', 'notApplicable'];

const STYLE = `
:root { color-scheme: light dark; --line: #d0d7de; --dim: #57606a; --bad: #cf222e; --good: #1a7f37; }
@media (prefers-color-scheme: dark) { :root { --line: #3d444d; --dim: #9198a1; --bad: #f85149; --good: #3fb950; } }
body { overflow-wrap: anywhere; font: 15px/1.5 system-ui, sans-serif; max-width: 62rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.4rem; } h2 { font-size: 1.1rem; margin-top: 2rem; }
.verdict { color: #fff; border-radius: .4rem; padding: .6rem 1rem; font-size: 1.2rem; font-weight: 600; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .2rem 1rem; } dt { color: var(--dim); } dd { margin: 0; }
table { border-collapse: collapse; width: 100%; } th, td { text-align: left; padding: .3rem .6rem; border-bottom: 1px solid var(--line); vertical-align: top; }
th { overflow-wrap: normal; color: var(--dim); font-weight: 500; } td.number { text-align: right; }
.bad { color: var(--bad); font-weight: 600; } .good { color: var(--good); }
code { font: 13px/1.4 ui-monospace, monospace; } details { border-bottom: 1px solid var(--line); padding: .3rem 0; }
summary { cursor: pointer; } ul { margin: .3rem 0 .6rem; color: var(--dim); } .scroll { overflow-x: auto; }`;

/** One file that needs nothing else: the verdict, what is wrong, and what was seen to be right. */
export function htmlReport(report: SuiteReport, rerun: string): string {
  const { suite, target, claim, environment, results } = report;
  const [verdict, colour] = VERDICTS[report.verdict];
  const wrong = results.filter(({ status }) => !GOOD.includes(status));
  const facts: [string, string][] = [
    ['Target', `${target.name} ${target.version} (${target.engine})`],
    ['Claims', `${claim.profiles.join(', ')}; numeric profile ${claim.numericProfile}`],
    ['Suite', `${suite.version}, contract ${suite.contract}, case set ${suite.caseSetSha256.slice(0, 16)}`],
    [
      'Run on',
      `${environment.platform}, ${environment.processor}, ${environment.cores} cores, Node ${environment.node}`,
    ],
    ...(environment.timeScale === 1 ? [] : [['Waits', `multiplied by ${environment.timeScale}`] as [string, string]]),
    ['Reproduce', rerun],
  ];
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Conformance of ${text(target.name)} ${text(target.version)}</title><style>${STYLE}</style></head><body>
<h1>DeepHealth conformance: ${text(target.name)} ${text(target.version)}</h1>
<p class="verdict" style="background: ${colour}">${verdict}: ${results.filter(({ status }) => status === 'pass').length} of ${results.length} passed</p>
<dl>${facts.map(([name, fact]) => `<dt>${name}</dt><dd>${name === 'Reproduce' ? `<code>${text(fact)}</code>` : text(fact)}</dd>`).join('')}</dl>
<h2>Areas</h2><div class="scroll"><table><tr><th>Area</th><th>Passed</th><th>Not passed</th></tr>${areaRows(results)}</table></div>
<h2>${wrong.length === 0 ? 'Nothing is wrong' : 'What is wrong or was not judged'}</h2>${wrong.map((one) => wrongPart(one, rerun)).join('')}
<h2>Requirements</h2><div class="scroll"><table><tr><th>Requirement</th><th>Cases</th><th>Result</th></tr>${requirementRows(results)}</table></div>
<h2>All cases</h2>${results.map(casePart).join('')}
<p><small>Conformance with a software contract. It says nothing of the clinical worth of any model.</small></p>
</body></html>
`;
}

function areaRows(results: readonly CaseResult[]): string {
  return grouped(results, ({ id }) => [id.split('-')[1] as string])
    .map(([area, some]) => {
      const passed = some.filter(({ status }) => status === 'pass').length;
      const rest = some.length - passed;
      return `<tr><td>${area}</td><td class="number">${passed}</td><td class="number${rest > 0 ? ' bad' : ''}">${rest}</td></tr>`;
    })
    .join('');
}

function requirementRows(results: readonly CaseResult[]): string {
  return grouped(results, ({ requirement }) => requirement)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([requirement, some]) => {
      const isHeld = some.every(({ status }) => GOOD.includes(status));
      const ids = [...new Set(some.map(({ id }) => id))].join(', ');
      return `<tr><td>${requirement}</td><td>${ids}</td><td class="${isHeld ? 'good' : 'bad'}">${isHeld ? 'held' : 'not held or not judged'}</td></tr>`;
    })
    .join('');
}

function wrongPart(result: CaseResult, rerun: string): string {
  return `<p><span class="bad">${result.status}</span> <strong>${nameOf(result)}</strong> ${result.slug} (${result.level})<br>${text(result.detail)}<br><code>${text(`${rerun} --only ${result.id}`)}</code></p>`;
}

function casePart(result: CaseResult): string {
  const { slug, level, status, evidence, durationMs } = result;
  const seen = evidence.map((one) => `<li>${text(one)}</li>`).join('');
  return `<details><summary><span class="${GOOD.includes(status) ? 'good' : 'bad'}">${status}</span> ${nameOf(result)} ${slug} <small>${level}, ${durationMs} ms</small></summary><ul>${seen}</ul></details>`;
}

function nameOf({ id, parameters }: CaseResult): string {
  return text(parameters === '' ? id : `${id}[${parameters}]`);
}

function grouped(results: readonly CaseResult[], keysOf: (one: CaseResult) => readonly string[]) {
  const groups = new Map<string, CaseResult[]>();
  for (const result of results) {
    for (const key of keysOf(result)) groups.set(key, [...(groups.get(key) ?? []), result]);
  }
  return [...groups];
}

/** A target's own words are text, never markup. */
function text(value: string): string {
  return value.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}
