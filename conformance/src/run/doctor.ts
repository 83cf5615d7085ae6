import type { ConformanceCase, PlannedCase } from '../cases/case-types.js';
import { loadCases, planCase } from '../cases/load-cases.js';
import { SERVED_MODELS } from '../models/catalogue.js';
import type { WrittenModel } from '../models/write-models.js';
import { shortText } from '../targets/exchange.js';
import type { TargetOptions } from '../targets/target-client.js';
import { describeTarget, type Reached } from './describe-target.js';
import { runCase } from './run-case.js';

/** One thing that a doctor looks at. */
export interface Finding {
  readonly what: string;
  readonly isFine: boolean;
  readonly detail: string;
}

/** What keeps a target from being judged, and what to do. */
export interface Diagnosis {
  readonly findings: readonly Finding[];
  /**
   * `wiring`: the suite cannot ask its questions, so that nothing is said of the implementation;
   * `implementation`: it can, and the answers are wrong.
   */
  readonly blame: 'nobody' | 'wiring' | 'implementation';
  /** What to do now. */
  readonly next: string;
}

/** The simplest question, the simplest answer, the simplest error. */
const SMOKE: readonly (readonly [id: string, parameters: string])[] = [
  ['DH-CORE-001', ''],
  ['DH-CORE-003', 'type=fp32,values=noise7'],
  ['DH-ERR-001', ''],
];
const MISSING_SHOWN = 5;

/** Whether the suite reaches a target, finds its models there, and gets right answers to three small cases. */
export async function diagnose(target: TargetOptions, models: readonly WrittenModel[]): Promise<Diagnosis> {
  const reached = await describeTarget(target, SERVED_MODELS);
  if ('problem' in reached) return unreached(reached);
  const { name, version, engine } = reached.target;
  const findings: Finding[] = [
    {
      what: 'connection',
      isFine: true,
      detail: `HTTP/2 at ${target.address}, ${target.tls === undefined ? 'plain text' : 'TLS'}`,
    },
    { what: 'service', isFine: true, detail: `${name} ${version} (${engine})` },
    {
      what: 'contract',
      isFine: reached.contractVersions.length > 0,
      detail: reached.contractVersions.join(', ') || 'names no version',
    },
    { what: 'features', isFine: true, detail: shortText([...reached.features].join(', ')) || 'none' },
  ];
  const { missing } = reached;
  const served = SERVED_MODELS.length - missing.length;
  findings.push({
    what: 'models',
    isFine: missing.length === 0,
    detail: `${served} of ${SERVED_MODELS.length} of the suite's models are ready${missing.length === 0 ? '' : `; not ${missing.slice(0, MISSING_SHOWN).join(', ')}${missing.length > MISSING_SHOWN ? ', …' : ''}`}`,
  });
  if (missing.length > 0) return { findings, blame: 'wiring', next: nextForModels(served) };
  const smoke = await smokeCases(target, models, reached.features);
  findings.push(...smoke);
  const wrong = smoke.find(({ isFine }) => !isFine);
  if (wrong === undefined) {
    return { findings, blame: 'nobody', next: 'Run the suite: deephealth conformance runtime, with the same options.' };
  }
  const [id] = wrong.what.split(' ');
  return {
    findings,
    blame: 'implementation',
    next: `See what ${id} asks for: deephealth conformance explain ${id}. Then run it alone: --only ${id} --trace.`,
  };
}

function unreached({ at, problem }: Extract<Reached, { problem: string }>): Diagnosis {
  const next =
    at === 'connection'
      ? 'Check the address and whether the target listens, then ask again. Nothing is said of the implementation.'
      : 'Check that this port serves deephealth.runtime.v1.ModelRuntime and that the caller may call it. Nothing more is said of the implementation.';
  const finding = { what: at, isFine: false, detail: problem };
  return { findings: [finding], blame: 'wiring', next };
}

function nextForModels(served: number): string {
  return served === 0
    ? 'The target does not serve the models of the suite. Write them with "deephealth conformance models export <folder>" and serve that folder, or use {models} in the command after --.'
    : 'The target serves some of the models and refuses others: look at the reasons in its ListModels and its log. It must take every model of the suite before it can be judged.';
}

async function smokeCases(
  target: TargetOptions,
  models: readonly WrittenModel[],
  features: ReadonlySet<string>,
): Promise<Finding[]> {
  const cases = loadCases();
  const findings: Finding[] = [];
  for (const [id, parameters] of SMOKE) {
    const planned = plannedCase(cases, id, parameters);
    const result = await runCase(planned, { target, features, models, profile: 'standard' });
    findings.push({
      what: `${id} ${result.slug}`,
      isFine: result.status === 'pass',
      detail:
        result.status === 'pass' ? (result.evidence.at(-1) ?? '') : `${result.status}: ${shortText(result.detail)}`,
    });
  }
  return findings;
}

function plannedCase(cases: readonly ConformanceCase[], id: string, parameters: string): PlannedCase {
  const found = cases.filter((one) => one.id === id).flatMap((one) => planCase(one));
  const planned = found.find((one) => one.parameters === parameters) ?? found[0];
  if (planned === undefined) throw new RangeError(`the suite has no case ${id}`);
  return planned;
}
