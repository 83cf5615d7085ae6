const LOCALE = 'en-GB';

const whole = new Intl.NumberFormat(LOCALE, { maximumFractionDigits: 0 });
const short = new Intl.NumberFormat(LOCALE, { maximumSignificantDigits: 3 });
const probability = new Intl.NumberFormat(LOCALE, { minimumFractionDigits: 3, maximumFractionDigits: 3 });
const percent = new Intl.NumberFormat(LOCALE, { style: 'percent', maximumFractionDigits: 0 });
const dateTime = new Intl.DateTimeFormat(LOCALE, { dateStyle: 'medium', timeStyle: 'medium' });
const plurals = new Intl.PluralRules(LOCALE);

export const formatWhole = (value: number): string => whole.format(value);
export const formatShort = (value: number): string => short.format(value);
export const formatPercent = (share: number): string => percent.format(share);

/** Three decimals, but never a certainty that rounding made. */
export function formatProbability(value: number): string {
  if (value > 0 && value < 0.0005) return `< ${probability.format(0.001)}`;
  if (value < 1 && value >= 0.9995) return `> ${probability.format(0.999)}`;
  return probability.format(value);
}

/** Date and time where the reader is; empty for what is no time. */
export function formatTime(iso: string | undefined): string {
  const time = Date.parse(iso ?? '');
  return Number.isNaN(time) ? '' : dateTime.format(time);
}

const BYTE_UNITS = ['byte', 'kilobyte', 'megabyte', 'gigabyte'] as const;

export function formatBytes(bytes: number): string {
  const power = bytes < 1000 ? 0 : Math.min(3, Math.floor(Math.log10(bytes) / 3));
  return new Intl.NumberFormat(LOCALE, {
    style: 'unit',
    unit: BYTE_UNITS[power] as string,
    maximumSignificantDigits: 3,
  }).format(bytes / 1000 ** power);
}

const unit = (value: number, name: string, digits: number) =>
  new Intl.NumberFormat(LOCALE, { style: 'unit', unit: name, maximumSignificantDigits: digits }).format(value);

/** A span of time in the largest unit that it fills, with the next one below where that matters. */
export function formatSeconds(seconds: number): string {
  if (seconds < 1) return unit(seconds * 1000, 'millisecond', seconds < 0.001 ? 2 : 3);
  if (seconds < 10) return unit(seconds, 'second', 2);
  const rounded = Math.round(seconds);
  if (rounded < 60) return unit(rounded, 'second', 2);
  const steps: readonly (readonly [string, number, string])[] = [
    ['day', 86_400, 'hour'],
    ['hour', 3_600, 'minute'],
    ['minute', 60, 'second'],
  ];
  for (const [name, size, below] of steps) {
    if (rounded < size) continue;
    const belowSize = size === 86_400 ? 3_600 : size === 3_600 ? 60 : 1;
    const rest = Math.floor((rounded % size) / belowSize);
    const first = unit(Math.floor(rounded / size), name, 6);
    return rest === 0 ? first : `${first} ${unit(rest, below, 3)}`;
  }
  return unit(rounded, 'second', 2);
}

export const formatMilliseconds = (ms: number): string => formatSeconds(ms / 1000);

/** The form of a plural, with `#` replaced by the number. */
export function plural(count: number, forms: Partial<Record<Intl.LDMLPluralRule, string>> & { other: string }): string {
  return (forms[plurals.select(count)] ?? forms.other).replaceAll('#', whole.format(count));
}

const list = new Intl.ListFormat(LOCALE, { type: 'conjunction' });
export const formatList = (items: readonly string[]): string => list.format(items);

/** The first characters of a digest, enough to compare by eye. */
export const formatDigest = (digest: string): string => digest.replace(/^sha256:/, '').slice(0, 12);
