import Table from 'cli-table3';

/** One JSON document on standard output; bytes are base64, as protobuf's JSON form has them. */
export function printJson(document: unknown): void {
  process.stdout.write(`${JSON.stringify(document, bytesAsBase64, 2)}\n`);
}

/** Buffers reach a replacer already in their own JSON form. */
function bytesAsBase64(_key: string, value: unknown): unknown {
  const { type, data } = (value ?? {}) as { type?: unknown; data?: unknown };
  return type === 'Buffer' && Array.isArray(data) ? Buffer.from(data).toString('base64') : value;
}

/** Lines of a table without frames, readable when copied into a message. */
export function formatTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const table = new Table({
    head: [...head],
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 2 },
    chars: {
      top: '',
      'top-mid': '',
      'top-left': '',
      'top-right': '',
      bottom: '',
      'bottom-mid': '',
      'bottom-left': '',
      'bottom-right': '',
      left: '',
      'left-mid': '',
      mid: '',
      'mid-mid': '',
      right: '',
      'right-mid': '',
      middle: '',
    },
  });
  for (const row of rows) table.push([...row]);
  return table
    .toString()
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n');
}

/** A digest short enough for a table: what people compare by eye; JSON output has all of it. */
export function shortDigest(sha256: string): string {
  return sha256 === '' ? '-' : sha256.slice(0, 12);
}
