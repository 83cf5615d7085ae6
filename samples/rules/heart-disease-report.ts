// Writes heart-disease-report.md and heart-disease-report.json beside the rules:
//   node samples/dist/rules/heart-disease-report.js ../shared/data samples/rules
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { lintKnowledgeBase, parseFll } from '@deephealth/adapter-expressif';
import { findingsOf, isComplete, readCleveland } from './cleveland-table.js';
import { runStudy, type Study } from './heart-disease-study.js';
import type { Interval } from './roc-area.js';

const [data = '../shared/data', out = 'samples/rules'] = process.argv.slice(2);
const samples = fileURLToPath(new URL('../../', import.meta.url));
const table = readCleveland(data);
if (table === undefined) {
  process.stderr.write(`There is no tabular/heart-disease-cleveland.csv in the folder of data that was named.\n`);
  process.exit(2);
}
const read = (name: string) => parseFll(readFileSync(join(samples, 'rules', name), 'utf8'));
const bases = { rules: read('heart-disease.fll'), hybrid: read('heart-disease-hybrid.fll') };
const split = readFileSync(join(samples, 'models/heart-disease-risk/training/result/split.json'), 'utf8');
const study = runStudy(table, bases, (JSON.parse(split) as { test_rows: number[] }).test_rows);
const records = table.patients.filter(isComplete).map(findingsOf);
const [saturation] = lintKnowledgeBase(bases.rules, { samples: 0, records }).filter(
  ({ code }) => code === 'saturation',
);

const rounded = JSON.stringify(study, (_, value) => (typeof value === 'number' ? Number(value.toFixed(4)) : value), 1);
writeFileSync(join(out, 'heart-disease-report.json'), `${rounded}\n`);
writeFileSync(join(out, 'heart-disease-report.md'), report(study, saturation?.message ?? 'nothing of that kind'));

function report(found: Study, lint: string): string {
  const { patients, protocol, reached, declared, alike, rankedByRounding, crossValidated, reshuffled, setAside } =
    found;
  const two = (value: number): string => value.toFixed(2);
  const three = (value: number): string => value.toFixed(3);
  const withInterval = ({ value, low, high }: Interval): string => `${three(value)} (${three(low)} to ${three(high)})`;
  const { hybridMinusModel: gain } = crossValidated;
  const verdict =
    gain.low > 0
      ? 'The hybrid is better than the model alone: the interval of the difference lies above 0.'
      : gain.high < 0
        ? 'The hybrid is worse than the model alone: the interval of the difference lies below 0.'
        : `The hybrid is not shown to be better than the model alone: the interval of the difference holds 0${gain.value < 0 ? ', and its value is below 0' : ''}.`;
  return `# Heart disease: rules alone, model alone, rules with the model

Written by \`heart-disease-report.ts\` from the Cleveland table (UCI, CC BY 4.0), which is not part of this repository. Research only: no figure here is a clinical claim, and none was measured outside of one clinic's patients of the 1980s.

**${verdict}**

| AUC, 95 % interval | ${patients.complete} patients, cross-validated | ${setAside.patients} patients set aside, model as it ships |
|---|---|---|
| rules alone (\`heart-disease.fll\`) | ${withInterval(crossValidated.rules)} | ${withInterval(setAside.rules)} |
| model alone | ${withInterval(crossValidated.model)} | ${withInterval(setAside.model)} |
| rules with the model (\`heart-disease-hybrid.fll\`) | ${withInterval(crossValidated.hybrid)} | ${withInterval(setAside.hybrid)} |
| hybrid minus model | ${withInterval(crossValidated.hybridMinusModel)} | ${withInterval(setAside.hybridMinusModel)} |
| hybrid minus rules | ${withInterval(crossValidated.hybridMinusRules)} | ${withInterval(setAside.hybridMinusRules)} |

Over ${protocol.reshufflings} other divisions into folds the model's AUC is ${three(reshuffled.model.mean)} (standard deviation ${three(reshuffled.model.deviation)}), the hybrid's ${three(reshuffled.hybrid.mean)} (${three(reshuffled.hybrid.deviation)}); the hybrid is above the model in ${reshuffled.hybridAbove} of ${protocol.reshufflings}, by ${three(reshuffled.hybrid.mean - reshuffled.model.mean)} on average.

## How it was measured
- Patients: ${patients.complete} of ${patients.all} with every column known, ${patients.diseased} of them with more than 50 % narrowing of a vessel. The rules give no number without a thallium scan, and so nothing for the others.
- Model: the whole procedure of \`samples/models/heart-disease-risk\` (logistic regression; means, scales and penalty chosen anew) on ${protocol.folds - 1} of ${protocol.folds} folds, asked about the tenth. No patient is judged by a model that saw the patient.
- Rules: fixed; nothing was fitted. The table says only whether fasting sugar is above 120 mg/dL: 130 or 90 stand in for it.
- Hybrid: its structure and its one weight (0.1) were set by the reasoning in the file, before any result was computed, and not changed afterwards.
- Intervals: ${protocol.resamples} resamples of patients, percentiles; differences are of the same resamples. They hold the models of the folds fixed.
- The patients set aside are those of \`split.json\`; their figures rest on few patients, and the model's card tells that they were looked at before.

## What the rules alone do
The output moves between ${two(reached[0])} and ${two(reached[1])} of ${declared[0]} to ${declared[1]}. The lint says of it: ${lint} Eleven findings with a rule or two each always fire, their conclusions are joined by the maximum, and so nearly every set is filled to its top: the centre of that is near the middle. ${alike.patients} of ${patients.complete} patients get ${alike.value} to nine digits, and differ only in the rounding of sums; values are compared after nine digits, so that they are ties. Ranked by such rounding errors, the AUC would come out as ${Object.entries(
    rankedByRounding,
  )
    .map(([resolution, area]) => `${two(area)} at a resolution of ${resolution}`)
    .join(', ')}: chance. The accuracy of 94 % that the paper claims did not reproduce.
`;
}
