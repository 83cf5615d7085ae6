import { formatEstimate, readable } from '@deephealth/sdk';
import { plainText } from '../output/plain-text.js';
import { formatTable } from '../output/print.js';
import type { PreparedPlan } from './add-plan.js';

const TRIED_SHOWN = 6;

/** A plan as a person reads it: what was taken and why, what was tried, what is asked. */
export function planText(plan: PreparedPlan): string {
  const { name, version, task, input, output, inferences, agreement, platforms, questions } = plan;
  const sections = [
    `${name} ${version}: ${task === 'unknown' ? 'not known yet what it gives' : `a ${task}`} from ${plainText(input.summary)}; output "${plainText(output.tensor)}", ${output.summary}.`,
    table(
      ['INFERRED', 'AS', 'CERTAINTY', 'WHY'],
      inferences.map(({ field, value, certainty, why }) => [field, value, certainty, why]),
    ),
    triedText(plan),
    agreement &&
      `On the ${agreement.sampleCount} given samples (95 % intervals; nothing is known of any others):\n${Object.entries(
        agreement.metrics,
      )
        .map(([metric, estimate]) => `  ${readable(metric)} ${formatEstimate(estimate)}`)
        .join('\n')}`,
    table(
      ['PLATFORM', 'BOUND', ''],
      platforms.map(({ platform, isApplicable, why }) => [platform, isApplicable ? 'yes' : 'no', why]),
    ),
    table(
      ['QUESTION', '', 'WHY'],
      questions.map(({ id, ask, why, isRequired }) => [`${isRequired ? '!' : ' '} ${id}`, ask, why]),
    ),
    questions.some(({ isRequired }) => isRequired) ? '! must be answered' : undefined,
  ];
  return sections.filter((section) => section !== undefined && section !== '').join('\n\n');
}

function triedText({ tried }: PreparedPlan): string | undefined {
  if (tried.length < 2) return undefined;
  const rows = tried.slice(0, TRIED_SHOWN).map(({ settings, meanLoss, refused }) => [
    Object.entries(settings)
      .map(([key, value]) => `${key.replace(/^(input|output)\./, '')} ${value}`)
      .join('; '),
    meanLoss === null ? (refused ?? 'not judged') : meanLoss.toPrecision(4),
  ]);
  const rest = tried.length > TRIED_SHOWN ? `\n... and ${tried.length - TRIED_SHOWN} more` : '';
  return `${table(['TRIED', 'MEAN LOSS'], rows)}${rest}`;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string | undefined {
  return rows.length === 0
    ? undefined
    : formatTable(
        head,
        rows.map((row) => row.map(plainText)),
      );
}
