/** Longest summary: CDS Hooks says fewer than 140 characters. */
export const MAX_SUMMARY_LENGTH = 139;

/**
 * One line of at most 139 UTF-16 units. What is too long is cut between words, never inside a number or
 * behind one that a unit or a percent sign belonged to.
 */
export function toSummary(text: string): string {
  const line = text.replace(/[\s\p{Cc}\u2028\u2029]+/gu, ' ').trim();
  if (line.length <= MAX_SUMMARY_LENGTH) return line;
  const kept: string[] = [];
  let length = 1;
  for (const word of line.split(' ')) {
    length += word.length + (kept.length > 0 ? 1 : 0);
    if (length > MAX_SUMMARY_LENGTH) break;
    kept.push(word);
  }
  while (/\d|^[,;:(–-]+$/.test(kept.at(-1) ?? '')) kept.pop();
  // One word that is longer than a whole summary: cut between characters that are seen as one.
  if (kept.length === 0)
    return `${firstGraphemes(line.split(' ')[0]?.replace(/\d.*$/, '') || '', MAX_SUMMARY_LENGTH - 1)}…`;
  return `${kept.join(' ').replace(/[\s,;:(–-]+$/u, '')}…`;
}

function firstGraphemes(text: string, maxLength: number): string {
  let kept = '';
  for (const { segment } of new Intl.Segmenter('en', { granularity: 'grapheme' }).segment(text)) {
    if (kept.length + segment.length > maxLength) break;
    kept += segment;
  }
  return kept;
}

/** Text of others as Markdown that shows it and does nothing: no markup, no HTML, no link, no new line. */
export function escapeMarkdown(text: string): string {
  return (
    text
      .replace(/[\s\p{Cc}\u2028\u2029]+/gu, ' ')
      .trim()
      .replace(/&/g, '&amp;')
      .replace(/</g, '&lt;')
      .replace(/>/g, '&gt;')
      .replace(/[\\`*_[\]#|~]/g, '\\$&')
      // GitHub's Markdown makes links of bare addresses.
      .replace(/(https?|ftp):\/\//gi, '$1:&#47;&#47;')
      .replace(/www\./gi, 'www&#46;')
      .replace(/@/g, '&#64;')
  );
}

/** Fills {name} of a wording; a name that has no value becomes a dash. */
export function fillWording(wording: string, values: Readonly<Record<string, string | undefined>>): string {
  return wording.replace(/\{([a-z]+)\}/g, (whole, name: string) =>
    Object.hasOwn(values, name) ? (values[name] ?? '–') : whole,
  );
}
