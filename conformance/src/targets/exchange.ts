/** One thing that was sent to a target and what came back, as a transcript holds it: tensors and long texts in short. */
export interface Exchange {
  readonly rpc: string;
  /** Names of the metadata that went along; no value is kept. */
  readonly metadata: readonly string[];
  readonly sent: unknown;
  /** Name of the gRPC status. */
  readonly status: string;
  readonly reason?: string;
  readonly message?: string;
  readonly got?: unknown;
}

const LONGEST_TEXT = 160;
const LONGEST_LIST = 8;
const DEEPEST = 8;
const BYTES_SHOWN = 8;
const CONTROL = /[\u0000-\u001f\u007f-\u009f]/g;

/** A message as a person can read it: bytes by their number and first ones, lists and texts cut. */
export function inShort(value: unknown, depth = 0): unknown {
  if (typeof value === 'string') return shortText(value);
  if (typeof value !== 'object' || value === null) return value;
  if (value instanceof Uint8Array) return shortBytes(value);
  if (depth >= DEEPEST) return '…';
  if (Array.isArray(value)) {
    const shown = value.slice(0, LONGEST_LIST).map((one) => inShort(one, depth + 1));
    return value.length > LONGEST_LIST ? [...shown, `… ${value.length - LONGEST_LIST} more`] : shown;
  }
  const entries = Object.entries(value).filter(([, field]) => !isAbsent(field));
  return Object.fromEntries(entries.map(([name, field]) => [shortText(name), inShort(field, depth + 1)]));
}

/** One line of printable characters: what a target says must not steer a terminal. */
export function shortText(text: string, longest: number = LONGEST_TEXT): string {
  const plain = text.replace(CONTROL, (sign) => `\\x${sign.charCodeAt(0).toString(16).padStart(2, '0')}`);
  return plain.length > longest ? `${plain.slice(0, longest)}… (${plain.length} characters)` : plain;
}

function shortBytes(bytes: Uint8Array): string {
  const head = Buffer.from(bytes.subarray(0, BYTES_SHOWN)).toString('hex');
  return `<${bytes.byteLength} bytes${head === '' ? '' : ` ${head}${bytes.byteLength > BYTES_SHOWN ? '…' : ''}`}>`;
}

/** Fields that say nothing, as a decoder fills them in. */
function isAbsent(field: unknown): boolean {
  return field === null || field === undefined || field === '' || (Array.isArray(field) && field.length === 0);
}
