/** What must not get through: names, numbers of records, dates, addresses, accession numbers, institutions and UIDs. */
export const IDENTIFIERS: readonly string[] = [
  ...[
    'Müller^Änne',
    'DOEBERT^JANETTE',
    'García-López^José',
    'Nakamura Hiroshi',
    "O'Brienne Siobhán",
    'VANDENBERG^PIETER',
  ],
  ...['Zimmermann-Kowalski', 'MRN-00482913', 'PAT0098127', '7745-3312-88', 'ZX-8814-QQ', '4829130077'],
  ...['19610229', '1961-02-28', '28.02.1961', '20250314093000', '14-MAR-2025', '28-FEB-1961'],
  ...['Hauptstrasse 17 Musterstadt', '221B Bakerloo Street', 'jane.doe@example.org', '+49 30 5550199'],
  ...[
    'ACC20250314-07',
    'A-2025-99871',
    'Radiologie Nordklinik',
    'Elsewhere Hospital',
    'Dr. Schmidtbauer',
    'SN-4471-0098',
  ],
  ...['1.2.276.0.7230010.3.1.4.19610229.4711', '1.3.12.2.1107.5.2.30.25310.30000005'],
];

export const ENCODINGS = ['utf8', 'latin1', 'utf16le'] as const;

/** Bytes that must not occur: the whole, and parts of it that are long enough to be no accident, in every encoding. */
export function needlesOf(identifier: string): Buffer[] {
  const parts = identifier.split(/[\^ ,]/).filter((part) => part.length >= 6);
  return [...new Set([identifier, ...parts])].flatMap((text) => {
    const swapped = Buffer.from(text, 'utf16le').swap16();
    return [...ENCODINGS.map((encoding) => Buffer.from(text, encoding)), swapped];
  });
}

export function holds(bytes: Buffer, identifier: string): boolean {
  return needlesOf(identifier).some((needle) => bytes.includes(needle));
}
