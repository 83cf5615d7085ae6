import { contractRequirements } from '@deephealth/proto';
import type { ConformanceCase } from '../cases/case-types.js';
import type { CaseResult } from '../run/case-result.js';
import type { Exchange } from '../targets/exchange.js';
import { alike, areasOf, grouped } from './areas.js';
import { HTML_STYLE } from './html-style.js';
import { countsForReaders, STATUS_WORDS, UNJUDGED, VERDICT_WORDS, WRONG } from './status-words.js';
import type { ReportedResult, SuiteReport } from './suite-report.js';

/** What the report itself does not hold: the texts of the cases, and what was sent and got. */
export interface ReportSources {
  readonly cases: readonly ConformanceCase[];
  readonly results: readonly CaseResult[];
}

const NOTE =
  'Conformance with a software contract, as the suite could see it from outside. It says nothing of the clinical worth of any model, and it is no certification of a medical device.';

/** One file that needs nothing else: the verdict, what is wrong, what was not judged and why, and what was seen. */
export function htmlReport(report: SuiteReport, sources: ReportSources): string {
  const { target, implementation, results } = report;
  const product =
    implementation === undefined
      ? `${target.name} ${target.version}`
      : `${implementation.project} ${implementation.version}, ${implementation.organization}`;
  const wrong = results.filter(({ status }) => WRONG.includes(status) && status !== 'notRun');
  const evidence = new Evidence(sources);
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Conformance of ${text(product)}</title><style>${HTML_STYLE}</style></head><body>
<h1>DeepHealth conformance: ${text(product)}</h1>
<p class="verdict ${report.verdict}">${VERDICT_WORDS[report.verdict]}<small>${text(whyVerdict(report))}</small></p>
${profileTable(report)}
<dl>${factsOf(report)
    .map(([name, fact]) => `<dt>${name}</dt><dd>${fact}</dd>`)
    .join('')}</dl>
<h2>Areas</h2>${areaTable(results)}
<h2>${wrong.length === 0 ? 'Nothing is wrong' : `What is wrong (${wrong.length})`}</h2>${alike(wrong)
    .map((some) => wrongCard(some, evidence))
    .join('')}
${unjudgedPart(results)}${knownPart(report)}${featurePart(report)}
<h2>Requirements of the contract</h2>${requirementTable(results)}
<h2>All cases</h2>${areasOf(results)
    .map(({ area, results: some }) => `<h3>${area}</h3>${some.map((one) => caseDetails(one, evidence)).join('')}`)
    .join('')}
<p class="dim"><small>${NOTE} Transcript of the run: SHA-256 <code>${report.transcriptSha256}</code>.</small></p>
</body></html>
`;
}

function whyVerdict({ counts, ending, provisional, verdict }: SuiteReport): string {
  const more = provisional > 0 ? `, ${provisional} provisional and not counted` : '';
  const early = ending.how === 'complete' ? '' : `. Ended early: ${ending.detail}`;
  const amber = verdict === 'partial' ? '. A MUST was left out, is known to fail, or could not be decided' : '';
  return `${countsForReaders(counts)}${more}${amber}${early}`;
}

function profileTable({ verdicts }: SuiteReport): string {
  const rows = verdicts.map(
    ({ profile, verdict, counts }) =>
      `<tr><td>${profile}</td><td class="id ${toneOf(verdict)}">${VERDICT_WORDS[verdict]}</td><td class="dim">${countsForReaders(counts)}</td></tr>`,
  );
  return `<table class="wide"><thead><tr><th>Profile</th><th>Verdict</th><th>Cases</th></tr></thead>${rows.join('')}</table>`;
}

function toneOf(verdict: SuiteReport['verdict']): string {
  return verdict === 'conformant' ? 'good' : verdict === 'partial' ? 'some' : 'bad';
}

function factsOf({ suite, target, claim, environment, implementation, rerun }: SuiteReport): [string, string][] {
  const { url, contact = [] } = implementation ?? {};
  const flags = environment.processorFlags.length === 0 ? '' : ` (${environment.processorFlags.join(' ')})`;
  return [
    ...(implementation === undefined
      ? []
      : ([['Vendor', text([implementation.organization, url, ...contact].filter(Boolean).join(', '))]] as [
          string,
          string,
        ][])),
    [
      'Answers as',
      text(
        `${target.name} ${target.version} (${target.engine}), contract ${target.contractVersions.join(', ') || 'unknown'}`,
      ),
    ],
    ['Claims', text(`${claim.profiles.join(', ')}; numeric profile ${claim.numericProfile}`)],
    [
      'Reached',
      text(`${environment.isLaunched ? 'started by the suite' : 'running already'}, ${environment.transport}`),
    ],
    ['Suite', text(`${suite.version}, contract ${suite.contract}, case set ${suite.caseSetSha256.slice(0, 16)}`)],
    [
      'Run on',
      text(
        `${environment.platform}, ${environment.processor}${flags}, ${environment.cores} cores, ${environment.memoryMiB} MiB, Node ${environment.node}`,
      ),
    ],
    ...(environment.timeScale === 1
      ? []
      : ([['Waits', `multiplied by ${environment.timeScale}`]] as [string, string][])),
    ['Reproduce', `<code>${text(rerun)}</code>`],
  ];
}

function areaTable(results: readonly ReportedResult[]): string {
  const rows = areasOf(results).map(({ area, passed, judged, results: some }) => {
    const width = judged === 0 ? 0 : Math.floor((passed / judged) * 100);
    const rest = some.length - judged;
    const tone = some.some(isAgainst) ? ' short' : passed < judged ? ' warned' : '';
    return `<tr><td>${area}</td><td><span class="bar${tone}"><span style="width:${width}%"></span></span></td><td class="number">${passed}/${judged}</td><td class="number dim">${rest === 0 ? '' : `${rest} not judged`}</td></tr>`;
  });
  return `<table><tr><th>Area</th><th></th><th class="number">Passed</th><th></th></tr>${rows.join('')}</table>`;
}

function wrongCard(some: readonly [ReportedResult, ...ReportedResult[]], evidence: Evidence): string {
  const [result] = some;
  const { status, slug, level, requirement, standard = [], detail, provisional, rerun } = result;
  const isMild = status === 'warn' || provisional === true;
  return `<div class="card${isMild ? ' warn' : ''}"><p><span class="${isMild ? 'some' : 'bad'}">${STATUS_WORDS[status]}</span> <strong>${some.map(nameOf).join(', ')}</strong> ${slug} <span class="dim">${level} ${[...requirement, ...standard].join(', ')}${provisional === true ? ', provisional' : ''}</span></p>
<p>${text(evidence.textOf(result))}</p><p><strong>${text(detail)}</strong></p>${evidence.exchangesOf(result)}<pre>${text(rerun ?? '')}</pre></div>`;
}

function unjudgedPart(results: readonly ReportedResult[]): string {
  const unjudged = results.filter(({ status }) => UNJUDGED.includes(status) || status === 'notRun');
  if (unjudged.length === 0) return '';
  const rows = grouped(unjudged, ({ status, detail }) => [`${STATUS_WORDS[status]}\u0000${detail}`]).map(
    ([key, some]) => {
      const [status = '', reason = ''] = key.split('\u0000');
      return `<tr><td>${status}</td><td>${text(reason)}</td><td class="dim">${text([...new Set(some.map(({ id }) => id))].join(', '))}</td></tr>`;
    },
  );
  return `<h2>What was not judged, and why (${unjudged.length})</h2><table class="wide"><thead><tr><th>What</th><th>Why</th><th>Cases</th></tr></thead>${rows.join('')}</table>`;
}

function knownPart({ knownFailures }: SuiteReport): string {
  if (knownFailures.length === 0) return '';
  const rows = knownFailures.map(
    ({ id, params, reason, issue, expires, flaky }) =>
      `<tr><td class="id">${text(params === undefined ? id : `${id}[${params}]`)}</td><td>${text(reason)}${flaky === true ? ' (at times only)' : ''}</td><td>${text(issue)}</td><td>${expires}</td></tr>`,
  );
  return `<h2>Known failures</h2><table class="wide"><thead><tr><th>Case</th><th>Reason</th><th>Followed up</th><th>Until</th></tr></thead>${rows.join('')}</table>`;
}

function isAgainst({ status, provisional }: ReportedResult): boolean {
  return WRONG.includes(status) && status !== 'warn' && provisional !== true;
}

const FEATURE_WORDS = {
  agrees: ['as declared', 'good'],
  absent: ['declared, and not there', 'bad'],
  denied: ['declared as not offered, and named', 'bad'],
  undeclared: ['not in the declaration', 'some'],
} as const;

function featurePart({ features, implementation }: SuiteReport): string {
  if (features.length === 0) return '';
  const said = (isOffered: boolean | undefined) =>
    isOffered === undefined ? '–' : isOffered ? 'offered' : 'not offered';
  const rows = features.map(({ feature, declared, observed, result }) => {
    const [words, tone] = implementation === undefined ? ['no declaration', 'dim'] : FEATURE_WORDS[result];
    return `<tr><td>${text(feature)}</td><td>${said(declared)}</td><td>${said(observed)}</td><td class="${tone}">${words}</td></tr>`;
  });
  return `<h2>Features</h2><table><tr><th>Feature</th><th>Declared</th><th>In GetServerInfo</th><th></th></tr>${rows.join('')}</table>`;
}

function requirementTable(results: readonly ReportedResult[]): string {
  const byRequirement = new Map(grouped(results, ({ requirement }) => requirement));
  const rows = contractRequirements().map(({ id, text: words }) => {
    const some = byRequirement.get(id) ?? [];
    const [state, tone] = stateOf(some);
    const ids = [...new Set(some.map((one) => one.id))].join(', ');
    return `<tr><td class="id">${id}</td><td>${text(words)}</td><td class="dim">${ids}</td><td class="${tone}">${state}</td></tr>`;
  });
  const covered = rows.length - contractRequirements().filter(({ id }) => !byRequirement.has(id)).length;
  return `<p class="dim">Cases of the claimed profiles ask for ${covered} of ${rows.length}.</p><table class="wide"><thead><tr><th>Requirement</th><th>Text</th><th>Cases</th><th>Result</th></tr></thead>${rows.join('')}</table>`;
}

function stateOf(results: readonly ReportedResult[]): readonly [string, string] {
  const counted = results.filter(({ provisional }) => provisional !== true);
  if (counted.length === 0) return ['no case', 'dim'];
  if (counted.some(({ status }) => ['fail', 'unexpectedPass', 'knownFail'].includes(status)))
    return ['not held', 'bad'];
  if (counted.some(({ status }) => status === 'warn')) return ['held in part', 'some'];
  const passed = counted.filter(({ status }) => status === 'pass').length;
  if (passed === 0) return ['not judged', 'some'];
  return passed === counted.length ? ['held', 'good'] : ['held where judged', 'good'];
}

function caseDetails(result: ReportedResult, evidence: Evidence): string {
  const { slug, level, status, durationMs, detail, provisional } = result;
  const tone = status === 'pass' ? 'good' : WRONG.includes(status) ? 'bad' : 'dim';
  const seen = [...result.evidence, ...(detail === '' ? [] : [detail])].map((one) => `<li>${text(one)}</li>`).join('');
  const mark = provisional === true ? ', provisional' : '';
  return `<details><summary><span class="${tone}">${status}</span> ${nameOf(result)} ${slug} <small class="dim">${level}${mark}, ${durationMs} ms</small></summary><p>${text(evidence.textOf(result))}</p><ul>${seen}</ul></details>`;
}

function nameOf({ id, parameters }: ReportedResult): string {
  return text(parameters === '' ? id : `${id}[${parameters}]`);
}

/** What a case asks for, and what was sent and got in it. */
class Evidence {
  readonly #texts: ReadonlyMap<string, string>;
  readonly #exchanges: ReadonlyMap<string, readonly Exchange[]>;

  constructor({ cases, results }: ReportSources) {
    this.#texts = new Map(cases.map((one) => [one.id, one.text.trim()]));
    this.#exchanges = new Map(results.map((one) => [`${one.id} ${one.parameters}`, one.exchanges ?? []]));
  }

  textOf({ id }: ReportedResult): string {
    return this.#texts.get(id) ?? '';
  }

  exchangesOf({ id, parameters }: ReportedResult): string {
    const exchanges = this.#exchanges.get(`${id} ${parameters}`) ?? [];
    if (exchanges.length === 0) return '';
    const lines = exchanges.map(
      ({ rpc, sent, status, reason, message, got }) =>
        `${rpc}\n  sent ${JSON.stringify(sent)}\n  got  ${status}${reason === undefined ? '' : ` / ${reason}`}${message === undefined ? '' : ` "${message}"`}${got === undefined ? '' : `\n       ${JSON.stringify(got)}`}`,
    );
    return `<details><summary>What was sent and got</summary><pre>${text(lines.join('\n'))}</pre></details>`;
  }
}

/** A target's own words are text, never markup, and never steer what shows them. */
function text(value: string): string {
  return value
    .replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, '\ufffd')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}
