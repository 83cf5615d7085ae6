// Holds what a command printed against what a page shows that it prints.

/**
 * What differs from run to run, and what stands for it on both sides. All else is compared as it is, numbers too.
 * The first that fits a place counts.
 */
export const NORMALISED = [
  { what: 'what is being done, and how much of it is', pattern: /^[a-z -]+ \.\.\..*\n/gm, as: '' },
  { what: 'a time of day (ISO 8601)', pattern: /\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z/g, as: '<time>' },
  { what: 'an address on loopback', pattern: /\b127\.0\.0\.1:\d+/g, as: '<address>' },
  { what: 'a loopback address as part of a name', pattern: /\b127\.0\.0\.1-\d+/g, as: '<address>' },
  { what: 'a port', pattern: /"port":\d+/g, as: '"port":<port>' },
  {
    what: 'a random id (UUID, or 32 hexadecimal digits)',
    pattern: /\b[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}\b(?![0-9a-f])/g,
    as: '<id>',
  },
  { what: 'a digest (SHA-256)', pattern: /\b[0-9a-f]{64}\b/g, as: '<digest>' },
  {
    what: 'a time that something took',
    pattern: /\b(?:\d+ h )?(?:\d+ min )?\d+(?:\.\d+)? ?(?:ms|µs|us|s|min|h)\b/g,
    as: '<duration>',
  },
  { what: 'how much faster a batch is', pattern: /\b\d+(?:\.\d+)? times as fast/g, as: '<factor> times as fast' },
  { what: 'a folder of temporary files', pattern: /\/(?:tmp|var\/folders)\/[\w./-]+/g, as: '<folder>' },
];

/** The text as it is compared. */
export function normalise(text) {
  let plain = text
    .replaceAll(/\u001b\[[0-9;]*m/g, '')
    .replaceAll(/[ \t]+$/gm, '')
    .trim();
  for (const { pattern, as } of NORMALISED) plain = plain.replaceAll(pattern, as);
  return plain;
}

/**
 * True if it is what the page shows. "..." and "…" stand, with the blanks around them, for anything within a line, and on a line of its own for any
 * number of lines; a page that is to show the beginning only ends with one.
 */
export function isAsShown(printed, shown) {
  let pattern = '';
  let isBegun = false;
  for (const line of normalise(shown).split('\n')) {
    if (/^\s*(?:\.\.\.|…)$/.test(line)) {
      pattern += isBegun ? '(?:\n.*)*?' : '(?:.*\n)*?';
      continue;
    }
    pattern += `${isBegun ? '\n' : ''}${line
      .split(/ *(?:\.\.\.|…) */)
      .map(asItIs)
      .join('.*')}`;
    isBegun = true;
  }
  return new RegExp(`^${pattern}$`).test(normalise(printed));
}

const asItIs = (text) => text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');
