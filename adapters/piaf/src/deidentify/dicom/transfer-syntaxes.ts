export type FrameCoding = 'native' | 'jpeg' | 'jpeg2000' | 'rle';

export interface TransferSyntax {
  readonly coding: FrameCoding;
  readonly isImplicit: boolean;
  readonly isBig: boolean;
  readonly isDeflated: boolean;
}

const native = { coding: 'native', isImplicit: false, isBig: false, isDeflated: false } as const;
const jpeg = { ...native, coding: 'jpeg' } as const;
const jpeg2000 = { ...native, coding: 'jpeg2000' } as const;

export const EXPLICIT_LITTLE = '1.2.840.10008.1.2.1';

/** Those whose pixels can be told from what else a file may hold; video and all others are refused. */
export const TRANSFER_SYNTAXES: Readonly<Record<string, TransferSyntax>> = {
  '1.2.840.10008.1.2': { ...native, isImplicit: true },
  [EXPLICIT_LITTLE]: native,
  '1.2.840.10008.1.2.1.99': { ...native, isDeflated: true },
  '1.2.840.10008.1.2.2': { ...native, isBig: true },
  ...{
    '1.2.840.10008.1.2.4.50': jpeg,
    '1.2.840.10008.1.2.4.51': jpeg,
    '1.2.840.10008.1.2.4.57': jpeg,
    '1.2.840.10008.1.2.4.70': jpeg,
  },
  ...{ '1.2.840.10008.1.2.4.80': jpeg, '1.2.840.10008.1.2.4.81': jpeg },
  ...{ '1.2.840.10008.1.2.4.90': jpeg2000, '1.2.840.10008.1.2.4.91': jpeg2000 },
  ...{ '1.2.840.10008.1.2.4.201': jpeg2000, '1.2.840.10008.1.2.4.202': jpeg2000, '1.2.840.10008.1.2.4.203': jpeg2000 },
  '1.2.840.10008.1.2.5': { ...native, coding: 'rle' },
};
