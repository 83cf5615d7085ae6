import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type AdapterProfile, checkAdapter } from '@deephealth/conformance';
import { ownProgram } from '../chains/own-program.js';
import type { PlatformName } from './stage-record.js';

/** A few cases of a platform, and the adapter that they judge. */
interface Selection {
  readonly package: string;
  readonly profiles: readonly AdapterProfile[];
  /** Whether the request and the answer pass through unchanged, provenance, errors, deadlines. */
  readonly only: readonly string[];
}

/** Of every adapter: the request, the answer, the deadline. */
const PASS_THROUGH = ['DH-ADP-003', 'DH-ADP-004', 'DH-ADP-008'];

/** Cases that take a second at most: the whole suite takes minutes, and is run before a release. */
export const SELECTIONS: Readonly<Record<PlatformName, Selection>> = {
  'clinical-decision-support': {
    package: '@deephealth/adapter-clinical-decision-support',
    profiles: ['adapter-common', 'cds'],
    only: [
      ...PASS_THROUGH,
      ...['DH-ADP-016', 'DH-ADP-020', 'DH-ADP-042', 'DH-ADP-043'],
      ...['DH-CDS-001', 'DH-CDS-036', 'DH-CDS-101', 'DH-CDS-102', 'DH-CDS-106'],
    ],
  },
  'digital-pathology': {
    package: '@deephealth/adapter-digital-pathology',
    profiles: ['adapter-common', 'digital-pathology'],
    only: [...PASS_THROUGH, 'DH-WSI-003', 'DH-WSI-018', 'DH-WSI-025', 'DH-WSI-028', 'DH-WSI-030'],
  },
  expressif: {
    package: '@deephealth/adapter-expressif',
    profiles: ['adapter-common', 'expressif'],
    only: [
      ...PASS_THROUGH,
      ...['DH-RULE-001', 'DH-RULE-040', 'DH-RULE-043', 'DH-RULE-061', 'DH-RULE-081', 'DH-RULE-082', 'DH-RULE-084'],
      ...['DH-RULE-112', 'DH-RULE-113'],
    ],
  },
  piaf: {
    package: '@deephealth/adapter-piaf',
    profiles: ['adapter-common', 'processing-chain'],
    // Each case of chains begins with a run, and a run is five processes.
    only: [...PASS_THROUGH, 'DH-ADP-005', 'DH-PIAF-083'],
  },
};

/** Waits are multiplied: who checks a model has other things running. */
const TIME_SCALE = 2;

export interface JudgedSelection {
  readonly passed: number;
  readonly failed: number;
  readonly selection: string;
  /** A sentence for each case that is not passed, and where nothing could be judged. */
  readonly failures: readonly string[];
}

/** Runs the selection against the adapter of this release, which the suite starts as a process of its own. */
export async function judgeSelection(platform: PlatformName): Promise<JudgedSelection> {
  const { package: name, profiles, only } = SELECTIONS[platform];
  const selection = only.join(', ');
  const program = fileURLToPath(new URL('../bin/conformance-adapter.mjs', import.meta.resolve(name)));
  if (!existsSync(program)) {
    return { passed: 0, failed: 0, selection, failures: ['conformance: the adapter is installed without its program'] };
  }
  // Chains run the steps of this very command.
  const command = [process.execPath, program, ...(platform === 'piaf' ? ownProgram().slice(1) : [])];
  const run = async (cases: readonly string[], timeScale: number) => {
    const checked = await checkAdapter({
      ...{ platform, profiles, command, only: cases, rerun: rerunOf(platform, cases), timeScale },
    });
    if ('problem' in checked) return checked;
    return { judged: checked.results.filter(({ status }) => status !== 'skipped' && status !== 'notApplicable') };
  };
  const first = await run(only, TIME_SCALE);
  if ('problem' in first) return { passed: 0, failed: 0, selection, failures: [`conformance: ${first.problem}`] };
  const late = [...new Set(first.judged.filter(({ status }) => status !== 'pass').map(({ id }) => id))];
  // A machine that does other things makes cases of time fail: they are asked again, alone, and named.
  const again = late.length === 0 ? undefined : await run(late, 2 * TIME_SCALE);
  const rejudged = again !== undefined && 'judged' in again ? again.judged : first.judged;
  const wrong = rejudged.filter(({ status }) => status !== 'pass');
  const total = first.judged.length;
  return {
    ...{ passed: total - wrong.length, failed: wrong.length },
    selection: late.length === 0 ? selection : `${selection} (asked again, alone: ${late.join(', ')})`,
    failures: [
      ...wrong.map(({ id, status, detail }) => `${id} (${status}): ${detail}`),
      ...(total === 0 ? ['conformance: no case was judged'] : []),
    ],
  };
}

function rerunOf(platform: PlatformName, only: readonly string[]): string {
  return `deephealth conformance adapter --platform ${platform} --only ${only.join(',')}`;
}
