import type { SuiteReport } from './suite-report.js';

const COLOURS = { conformant: '#1a7f37', partial: '#9a6700', 'non-conformant': '#cf222e', error: '#57606a' } as const;
const LABEL = 'deephealth v1';
/** Mean width of a letter of the font at 11 pixels. */
const LETTER_WIDTH = 6.4;
const PADDING = 12;

/** The verdict in a few words: green for `conformant` alone, amber where something was not judged or is known to fail. */
function badge({ verdict, claim }: SuiteReport): { message: string; colour: string } {
  const claims = claim.profiles.map((profile) => profile.replace(/^runtime-/, '')).join('+');
  const message = {
    conformant: `${claims} · ${claim.numericProfile}`,
    partial: `${claims} · partial`,
    'non-conformant': 'not conformant',
    error: 'no verdict',
  }[verdict];
  return { message, colour: COLOURS[verdict] };
}

/** As a small picture. */
export function badgeSvg(report: SuiteReport): string {
  const { message, colour } = badge(report);
  const width = (words: string) => Math.round(words.length * LETTER_WIDTH + PADDING);
  const [left, right] = [width(LABEL), width(message)];
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${left + right}" height="20" role="img" aria-label="${LABEL}: ${message}">
<title>${LABEL}: ${message}</title>
<rect width="${left}" height="20" fill="#3d444d"/><rect x="${left}" width="${right}" height="20" fill="${colour}"/>
<g fill="#fff" font-family="Verdana,DejaVu Sans,sans-serif" font-size="11" text-anchor="middle">
<text x="${left / 2}" y="14">${LABEL}</text><text x="${left + right / 2}" y="14">${message}</text></g></svg>
`;
}

/** For a service that draws badges, in the form of shields.io's endpoint. */
export function badgeJson(report: SuiteReport): Readonly<Record<string, unknown>> {
  const { message, colour } = badge(report);
  return { schemaVersion: 1, label: LABEL, message, color: colour.slice(1), isError: report.verdict === 'error' };
}
