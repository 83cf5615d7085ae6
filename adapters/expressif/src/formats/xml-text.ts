import { inconsistent } from '../rule-errors.js';

/** A number as an xs:float or xs:double, with all its digits. */
export function writeXmlNumber(value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? 'INF' : '-INF';
  return String(value);
}

/** ` name="value"` for each that there is. @throws DH_RULES_INCONSISTENT where XML cannot say a character */
export const attributesOf = (entries: readonly (readonly [string, string | number | undefined])[]): string =>
  entries
    .filter(([, value]) => value !== undefined)
    .map(
      ([name, value]) => ` ${name}="${typeof value === 'number' ? writeXmlNumber(value) : escapeXml(value as string)}"`,
    )
    .join('');

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

function escapeXml(text: string): string {
  if (/[\u0000-\u0008\u000B\u000C\u000E-\u001F\uFFFE\uFFFF]|\p{Cs}/u.test(text)) {
    throw inconsistent('XML cannot say a character of a name or unit');
  }
  return text
    .replace(/[&<>"]/g, (character) => ENTITIES[character] as string)
    .replace(/[\t\n\r]/g, (character) => `&#${character.charCodeAt(0)};`);
}
