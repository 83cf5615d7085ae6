// Text as Markdown shows it.

const ESCAPED = { '<': '&lt;', '*': '\\*', _: '\\_', '[': '\\[', ']': '\\]' };
/** What may be read as markup; a lone underscore within a word may not. */
const MARKUP = /[<*[\]]|(?<!\w)_|_(?!\w)/g;

/** Prose of a comment: code spans stay, what Markdown would read as markup of its own is shown as it is. */
export function prose(text) {
  return text
    .split(/(`[^`\n]*`)/)
    .map((part, at) => (at % 2 === 1 ? part : part.replace(MARKUP, (sign) => ESCAPED[sign])))
    .join('');
}

export const cell = (text) => text.replace(/\s+/g, ' ').trim().replaceAll('|', '\\|');

export function table(head, rows) {
  const line = (cells) => `| ${cells.map(cell).join(' | ')} |\n`;
  return `\n${line(head)}|${'---|'.repeat(head.length)}\n${rows.map(line).join('')}`;
}

/** The anchor that a heading gets: as GitHub makes it. */
export const anchor = (heading) =>
  heading
    .toLowerCase()
    .replace(/[^\w\s-]/g, '')
    .replace(/\s/g, '-');

export const page = (title, source, intro) =>
  `# ${title}\n\nWritten by \`node scripts/render-reference.mjs\` from ${source}. ${intro}\n`;
