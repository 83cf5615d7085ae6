import { formatEstimate, readable } from '@deephealth/sdk';
import type { PreparedPlan } from './add-plan.js';
import type { Addition } from './addition.js';
import type { IndependentCheck } from './golden-cases.js';

/** A card that says what is known, where it is from, and what nobody has said. */
export function modelCard(
  plan: PreparedPlan,
  { manifest, settled, source }: Addition,
  check: IndependentCheck,
): string {
  const { name, version, title, intendedUse, license } = manifest;
  return `# ${line(title)} ${version}

Draft written when the model was added to the platforms. It holds what the graph, the samples and answers of people said; **what it does not say is not known.** Research software: no claim of clinical validation.

## Use

- **Intended use**: ${line(intendedUse)}
- **Not for**: diagnosis, triage, treatment, screening or any other decision about a person.
- **Licence**: ${line(license)}

## Not known

- Who trained it, on whose data, from where and when, and how training and test were kept apart.
- Whether the samples below were among its training data. If they were, the figures are too good.
- How it does on other people, sites, devices and years; where it fails; whether it is fair to groups of patients.

## What was inferred, and from what

${table(
  ['what', 'taken as', 'certainty', 'why'],
  plan.inferences.map(({ field, value, certainty, why }) => [field, value, certainty, why]),
)}

"stated": the graph, a header or a file says it. "answered": a person has said it. "shown": labelled samples tell it from everything else that was tried. "assumed": nothing speaks against it.

${triedSection(plan)}
## On the given samples

${agreementSection(plan, settled.classes)}

## Golden cases

The expected values were **recorded from the model itself** when it was added, by the engine that serves it. They show that another machine computes the same; they do not show that the model is right. ${check.how}

The input is ${line(source.summary)}.

## Platforms

${
  plan.platforms.length === 0
    ? 'None were asked for.'
    : table(
        ['platform', 'bound', 'why'],
        plan.platforms.map(({ platform, isApplicable, why }) => [platform, isApplicable ? 'yes' : 'no', why]),
      )
}

Package \`${name}\`, version \`${version}\`.
`;
}

function triedSection({ tried }: PreparedPlan): string {
  if (tried.length < 2) return '';
  const shown = tried.slice(0, 24);
  const rows = shown.map(({ settings, meanLoss, refused }) => [
    Object.entries(settings)
      .map(([key, value]) => `${key} = ${value}`)
      .join('; '),
    meanLoss === null ? (refused ?? 'not judged') : meanLoss.toPrecision(4),
  ]);
  const rest = tried.length > shown.length ? `\n\nAnd ${tried.length - shown.length} more, all worse.` : '';
  return `## What was tried\n\nThe smaller the mean loss, the better the labels are explained.\n\n${table(['reading', 'mean loss'], rows)}${rest}\n\n`;
}

function agreementSection({ agreement }: PreparedPlan, classes: readonly string[] | undefined): string {
  if (agreement === undefined) return 'Not measured: the samples have no label, or too few have one.';
  const { sampleCount, skippedCount, metrics, youdenThreshold } = agreement;
  const skipped = skippedCount === 0 ? '' : ` ${skippedCount} more were left out, since a value was missing.`;
  const youden =
    youdenThreshold === undefined
      ? ''
      : `\n\nOn these samples a threshold of ${youdenThreshold.toPrecision(3)} has the largest sum of sensitivity and specificity (Youden). It was fitted on them and is a guess for any others.`;
  const about =
    classes?.length === 2 ? ` The AUC, sensitivity and specificity are of "${line(classes[1] ?? '')}".` : '';
  return `${sampleCount} samples, with 95 % bootstrap intervals.${skipped} They say how the answers go with the labels of these samples, and nothing of any others.${about}

${table(
  ['', 'value (95 % interval)'],
  Object.entries(metrics).map(([name, estimate]) => [readable(name), formatEstimate(estimate)]),
)}${youden}`;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const cells = (row: readonly string[]) => `| ${row.map((cell) => line(cell).replaceAll('|', '\\|')).join(' | ')} |`;
  return [cells(head), `|${'---|'.repeat(head.length)}`, ...rows.map(cells)].join('\n');
}

/** Texts of people and files stand in one line, and open no markup. */
function line(text: string): string {
  return text.replace(/\s+/g, ' ').replace(/[<>`]/g, (character) => `\\${character}`);
}
