import { DeepHealthError } from '../errors/deephealth-error.js';
import type { GoldenSignal } from '../package/golden.js';

/**
 * A signal as text: comment lines `# rate_hz: 360`, `# channels: MLII, V5` and `# unit: mV` (one
 * for all, or one per channel), then one line per sample with one number per channel.
 * Throws DH_REQUEST_MALFORMED naming the line.
 */
export function parseSignalCsv(file: string, text: string): GoldenSignal {
  const headers = new Map<string, string>();
  const rows: number[][] = [];
  const lineOfRow: number[] = [];
  const refuse = (what: string) =>
    new DeepHealthError('DH_REQUEST_MALFORMED', `"${file}": ${what}.`, { details: { file } });

  for (const [index, line] of text
    .replace(/^\ufeff/, '')
    .split(/\r?\n/)
    .entries()) {
    const comment = /^#\s*([a-z_]+)\s*:\s*(.*?)\s*$/.exec(line);
    if (comment !== null) headers.set(comment[1] as string, comment[2] as string);
    if (line.trim() === '' || line.startsWith('#')) continue;
    // Number() alone would take an empty cell for 0, and hexadecimal digits.
    const row = line.split(',').map((cell) => (/^[-+.0-9eE]+$/.test(cell.trim()) ? Number(cell) : Number.NaN));
    if (row.some((value) => !Number.isFinite(value)))
      throw refuse(`line ${index + 1} holds something other than numbers`);
    rows.push(row);
    lineOfRow.push(index + 1);
  }

  const header = (name: string): string => {
    const value = headers.get(name);
    if (value === undefined || value === '') throw refuse(`the line "# ${name}: ..." is missing`);
    return value;
  };
  const samplingRateHz = Number(header('rate_hz'));
  if (!(samplingRateHz > 0 && Number.isFinite(samplingRateHz))) throw refuse('"# rate_hz:" must be a number above 0');
  const list = (name: string) => header(name).split(/\s*,\s*/);
  const names = list('channels');
  if (names.includes('')) throw refuse('"# channels:" must name every channel');
  const units = list('unit');
  if (units.includes('') || (units.length !== 1 && units.length !== names.length))
    throw refuse(`"# unit:" must hold one unit for all channels, or one for each of the ${names.length}`);
  if (rows.length === 0) throw refuse('there are no samples: one line per sample must follow the comment lines');
  const wrong = rows.findIndex((row) => row.length !== names.length);
  if (wrong >= 0) throw refuse(`line ${lineOfRow[wrong]} does not have one number per channel (${names.length})`);
  return {
    channels: names.map((name, i) => ({ name, unit: units[i] ?? (units[0] as string) })),
    samplingRateHz,
    samples: names.map((_, channel) => rows.map((row) => row[channel] as number)),
  };
}
