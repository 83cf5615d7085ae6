import type { InspectedValue, Inspection } from '../import/inspect-model.js';
import { plainText } from './plain-text.js';
import { formatTable } from './print.js';

/** An inspection as a person reads it, without a final line break. */
export function formatInspection(inspection: Inspection): string {
  const { findings, rewrites, externalData, weights, metadata } = inspection;
  const sections = [
    formatTable(['', ''], overview(inspection)).trimStart(),
    formatTable(
      ['TENSOR', '', 'TYPE', 'SHAPE'],
      [
        ...inspection.inputs.map((value) => valueRow('input', value)),
        ...inspection.outputs.map((value) => valueRow('output', value)),
      ],
    ),
    table(
      ['METADATA', ''],
      Object.entries(metadata).map(([key, value]) => [key, plainText(value)]),
    ),
    table(
      ['EXTERNAL DATA', 'SIZE', 'SHA-256'],
      externalData.map(({ file, sizeBytes, sha256 }) => [file, formatBytes(sizeBytes), sha256]),
    ),
    table(
      ['REWRITTEN', 'AT', 'WHAT'],
      rewrites.map(({ kind, subject, description }) => [kind, plainText(subject), plainText(description)]),
    ),
    inspection.originalSha256 &&
      `Rewritten by deephealth init from the export with the SHA-256 ${plainText(inspection.originalSha256)}.`,
    weights && formatWeights(weights),
    findings.length === 0
      ? 'No findings. The engine has not run it; `deephealth validate` does.'
      : findings.map((f) => `${f.severity}: ${f.code}: ${f.message} ${f.fix}`).join('\n'),
  ];
  return sections.filter((section) => section !== undefined && section !== '').join('\n\n');
}

function overview(inspection: Inspection): string[][] {
  const { estimate, opsets, operators } = inspection;
  const uncounted =
    estimate.uncountedNodes === 0 ? '' : `; not counted: ${estimate.uncountedNodes} of unknown shape or operator`;
  const varying = inspection.dynamicExtents.filter((name) => name !== '?').map(plainText);
  return [
    ['file', `${inspection.file}, ${formatBytes(inspection.sizeBytes)}`],
    ['sha256', inspection.sha256],
    ['producer', `${plainText(inspection.producer) || 'not stated'}, graph "${plainText(inspection.graphName)}"`],
    [
      'IR, opset',
      `${inspection.irVersion}, ${opsets.map(({ domain, version }) => `${plainText(domain) || 'ai.onnx'} ${version}`).join(', ')}`,
    ],
    [
      'varying',
      varying.length > 0 ? varying.join(', ') : inspection.dynamicExtents.length > 0 ? 'without a name' : 'nothing',
    ],
    [
      'parameters',
      `${inspection.parameterCount.toLocaleString('en')}, ${formatBytes(estimate.weightBytes)} of constants`,
    ],
    [
      'one item',
      `about ${formatFlops(estimate.flops)} and ${formatBytes(estimate.activationBytes)} beside the constants${uncounted}; varying extents taken as 1`,
    ],
    [
      'operators',
      Object.entries(operators)
        .map(([name, count]) => (count === 1 ? plainText(name) : `${plainText(name)} x${count}`))
        .join(', '),
    ],
  ];
}

function valueRow(role: string, { name, type, shape }: InspectedValue): string[] {
  const extents = shape?.map((extent) => (extent === null ? '?' : plainText(String(extent))));
  return [role, plainText(name), type, extents === undefined ? 'not stated' : `[${extents.join(', ')}]`];
}

function formatWeights({ matches, unmatchedInitializers, isIdentical }: NonNullable<Inspection['weights']>): string {
  const rows = matches.map(({ tensor, shape, initializer, isReshaped }) => [
    String(tensor),
    `[${shape.join(', ')}]`,
    initializer === undefined ? 'NO CONSTANT HAS THESE BITS' : plainText(initializer),
    initializer === undefined ? '' : isReshaped ? 'same bits, another shape' : 'same bits',
  ]);
  const verdict = isIdentical
    ? 'The weights file and the graph hold the same weights, bit for bit.'
    : `The weights file and the graph differ: ${matches.filter((m) => m.initializer === undefined).length} tensors without a constant, ${unmatchedInitializers.length} constants without a tensor${unmatchedInitializers.length > 0 ? ` (${unmatchedInitializers.slice(0, 5).map(plainText).join(', ')})` : ''}.`;
  return `${formatTable(['WEIGHTS', 'SHAPE', 'CONSTANT', ''], rows)}\n\n${verdict}`;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string | undefined {
  return rows.length === 0 ? undefined : formatTable(head, rows);
}

export function formatBytes(bytes: number): string {
  if (bytes < 1024) return `${bytes} B`;
  const units = ['KiB', 'MiB', 'GiB', 'TiB'];
  const power = Math.min(Math.floor(Math.log2(bytes) / 10), units.length);
  return `${(bytes / 1024 ** power).toFixed(1)} ${units[power - 1]}`;
}

function formatFlops(flops: number): string {
  const units = ['FLOP', 'kFLOP', 'MFLOP', 'GFLOP', 'TFLOP'];
  const power = flops < 1000 ? 0 : Math.min(Math.floor(Math.log10(flops) / 3), units.length - 1);
  return `${(flops / 1000 ** power).toFixed(power === 0 ? 0 : 1)} ${units[power]}`;
}
