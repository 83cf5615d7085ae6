import { escapeHtml } from '@deephealth/sdk';

/** A table with a caption and headed columns and rows; columns from `numbersFrom` on hold numbers. */
export function table(
  caption: string,
  head: readonly string[],
  rows: readonly (readonly string[])[],
  numbersFrom = head.length,
): string {
  const line = (row: readonly string[]) =>
    row
      .map((cell, column) => {
        if (column === 0) return `<th scope="row">${escapeHtml(cell)}</th>`;
        return `<td${column >= numbersFrom ? ' class="number"' : ''}>${escapeHtml(cell)}</td>`;
      })
      .join('');
  return `<div class="scroll" role="region" tabindex="0" aria-label="${escapeHtml(caption)}"><table><caption>${escapeHtml(caption)}</caption>
<thead><tr>${head.map((name) => `<th scope="col">${escapeHtml(name)}</th>`).join('')}</tr></thead>
<tbody>
${rows.map((row) => `<tr>${line(row)}</tr>`).join('\n')}
</tbody></table></div>`;
}

export function figure(svg: string): string {
  return `<figure>\n${svg}\n</figure>`;
}

/** The first items of a list by name, and how many more there are. */
export function itemList(items: readonly string[], count: number): string {
  return count > items.length ? `${items.join(', ')} and ${count - items.length} more` : items.join(', ');
}
