export interface EdfChannel {
  readonly label: string;
  /** Default uV. */
  readonly unit?: string;
  /** Physical and digital ends of the scale, as the file writes them. Default: -100 and 100, -1000 and 1000. */
  readonly pmin?: string;
  readonly pmax?: string;
  readonly dmin?: string;
  readonly dmax?: string;
  /** Samples a record. */
  readonly count: number;
}

export interface EdfOptions {
  readonly channels: readonly EdfChannel[];
  /** Bytes of each record. */
  readonly records: readonly Buffer[];
  readonly version?: Buffer;
  readonly reserved?: string;
  /** Seconds a record. Default: 2. */
  readonly recordS?: string;
  readonly count?: string;
  readonly headerBytes?: string;
}

/** A recording, written from the tables of the EDF specification. */
export function edfFile({ channels, records, version, reserved = '', recordS = '2', ...more }: EdfOptions): Buffer {
  const field = (value: string, width: number) => value.padEnd(width);
  const each = (width: number, value: (channel: EdfChannel) => string) =>
    channels.map((c) => field(value(c), width)).join('');
  const fixed = [
    field('X X X X', 80),
    field('Startdate X X X X', 80),
    '01.01.8500.00.00',
    field(more.headerBytes ?? String(256 + 256 * channels.length), 8),
    field(reserved, 44),
    field(more.count ?? String(records.length), 8),
    field(recordS, 8),
    field(String(channels.length), 4),
    each(16, ({ label }) => label),
    each(80, () => 'AgAgCl'),
    each(8, ({ unit = 'uV' }) => unit),
    each(8, ({ pmin = '-100' }) => pmin),
    each(8, ({ pmax = '100' }) => pmax),
    each(8, ({ dmin = '-1000' }) => dmin),
    each(8, ({ dmax = '1000' }) => dmax),
    each(80, () => 'HP:0.1Hz'),
    each(8, ({ count }) => String(count)),
    each(32, () => ''),
  ].join('');
  return Buffer.concat([version ?? Buffer.from('0       '), Buffer.from(fixed, 'latin1'), ...records]);
}
