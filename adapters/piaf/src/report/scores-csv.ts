import { csvLine } from '@deephealth/sdk';
import type { ItemResult } from '../steps/run-folder.js';
import { type FindingDocument, findingsOf } from './finding-document.js';

const FIRST = ['item', 'status', 'error'] as const;
const LAST = ['warnings', 'input_sha256'] as const;

type Cells = Map<string, string | number>;

/**
 * One line for each item, in the order of the results: its status, what was found, kinds of warnings, the digest
 * of what was staged. Columns are `<finding>.<class>`, `<finding>.decision`, `<finding>.<value> [<unit>]` and
 * `<finding>.region`, in the order in which the results have them first; a refused item has none of them. RFC 4180;
 * numbers in full, with a dot, whatever the locale.
 */
export function scoresCsv(results: readonly ItemResult[]): string {
  const rows = results.map((result) => {
    const cells: Cells = new Map();
    for (const finding of findingsOf(result)) addCells(cells, finding);
    return { result, cells };
  });
  const columns = [...new Set(rows.flatMap(({ cells }) => [...cells.keys()]))];
  const lines = rows.map(({ result: { item, status, error, warnings, inputSha256 }, cells }) =>
    csvLine([
      ...[item, status, error?.code ?? ''],
      ...columns.map((column) => cells.get(column) ?? ''),
      [...new Set(warnings.map(({ kind }) => warningName(kind)))].sort().join('|'),
      inputSha256,
    ]),
  );
  return [csvLine([...FIRST, ...columns, ...LAST]), ...lines].join('');
}

/** "WARNING_KIND_NEAR_THRESHOLD" as people and tables have it. */
export function warningName(kind: string): string {
  return kind
    .replace(/^WARNING_KIND_/, '')
    .toLowerCase()
    .replaceAll('_', ' ');
}

function addCells(cells: Cells, finding: FindingDocument): void {
  const { name, classification, regression, mask, map, highlight, tensor, events, detections, text } = finding;
  const set = (column: string, value: string | number | undefined) => {
    if (value !== undefined) cells.set(`${name}.${column}`, value);
  };
  if (classification) {
    set('decision', classification.abstained ? 'abstained' : classification.decision.join('|'));
    for (const { label, probability } of classification.classes) set(label, probability);
  }
  for (const { label, unit, value, lower, upper } of regression?.values ?? []) {
    set(`${label} [${unit}]`, value);
    set(`${label} lower [${unit}]`, lower);
    set(`${label} upper [${unit}]`, upper);
  }
  for (const { label, extent } of mask?.classes ?? []) {
    if (extent) set(`${label} [${extent.unit}]`, extent.value);
  }
  set('count', (events ?? detections)?.items.length);
  set('text', text?.text);
  set('region', (mask?.labels ?? map?.values ?? tensor)?.file);
  set('highlight', highlight?.values.file);
}
