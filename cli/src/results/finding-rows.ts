import type { runtimeV1 } from '@deephealth/proto';
import { csvLine } from '@deephealth/sdk';

/** One number or decision of a finding, for tables. */
export interface FindingRow {
  readonly finding: string;
  readonly kind: string;
  readonly label: string;
  readonly value: number | '';
  readonly unit: string;
  readonly threshold: number | '';
  /** "yes" for a class that was decided for. */
  readonly decided: 'yes' | 'no' | '';
  /** Seconds from the first sample, of an event. */
  readonly startS: number | '';
  readonly durationS: number | '';
}

const EMPTY = { value: '', unit: '', threshold: '', decided: '', startS: '', durationS: '' } as const;

/** A row for each class, value, mask class, event and text of a response; tensors and maps have none. */
export function findingRows(response: runtimeV1.PredictResponse__Output): FindingRow[] {
  return response.findings.flatMap(({ name, classification, regression, mask, events, text }): FindingRow[] => {
    const row = (kind: string, label: string, more: Partial<FindingRow>): FindingRow => ({
      finding: name,
      kind,
      label,
      ...EMPTY,
      ...more,
    });
    if (classification) {
      return classification.classes.map(({ label, probability, threshold }) =>
        row('classification', label, {
          value: probability,
          unit: '1',
          threshold: threshold ?? '',
          decided: classification.decision.includes(label) ? 'yes' : 'no',
        }),
      );
    }
    if (regression) return regression.values.map(({ label, value, unit }) => row('regression', label, { value, unit }));
    if (text) return [row('text', text.text, {})];
    if (mask) {
      return mask.classes.map(({ label, extent }) =>
        row('mask', label, extent === null ? {} : { value: Number(extent.value), unit: extent.unit }),
      );
    }
    return (events?.items ?? []).map(({ label, probability, startS, durationS }) =>
      row('event', label, { value: probability, unit: '1', startS, durationS }),
    );
  });
}

const COLUMNS = ['finding', 'kind', 'label', 'value', 'unit', 'threshold', 'decided', 'startS', 'durationS'] as const;

/** RFC 4180, with a line of names. A text that a spreadsheet would run as a formula gets a quote in front. */
export function toCsv(rows: readonly FindingRow[]): string {
  return [csvLine(COLUMNS), ...rows.map((row) => csvLine(COLUMNS.map((column) => row[column])))].join('');
}
