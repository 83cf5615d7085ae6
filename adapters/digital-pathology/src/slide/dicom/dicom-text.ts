/** Defined Terms of Specific Character Set (0008,0005) and the encodings that Node.js has for them. */
const ENCODINGS: Readonly<Record<string, string>> = {
  '': 'latin1',
  'ISO_IR 6': 'latin1',
  'ISO_IR 13': 'shift_jis',
  'ISO_IR 100': 'latin1',
  'ISO_IR 101': 'iso-8859-2',
  'ISO_IR 109': 'iso-8859-3',
  'ISO_IR 110': 'iso-8859-4',
  'ISO_IR 126': 'iso-8859-7',
  'ISO_IR 127': 'iso-8859-6',
  'ISO_IR 138': 'iso-8859-8',
  'ISO_IR 144': 'iso-8859-5',
  'ISO_IR 148': 'iso-8859-9',
  'ISO_IR 166': 'windows-874',
  'ISO_IR 192': 'utf-8',
  GB18030: 'gb18030',
  GBK: 'gbk',
  'ISO 2022 IR 87': 'iso-2022-jp',
};

/**
 * A decoder of text in a character set. Of sets that are not known, and of code extensions but Japanese,
 * what is not ASCII becomes U+FFFD: visibly lost, never another letter.
 *
 * @param terms values of Specific Character Set (0008,0005)
 */
export function textDecoder(terms: readonly string[]): (bytes: Uint8Array) => string {
  const name = terms.map((term) => term.trim()).findLast((term) => term !== '') ?? '';
  const encoding = ENCODINGS[name.replace(/^ISO 2022 IR (?!87)/, 'ISO_IR ')];
  if (encoding === undefined || (terms.length > 1 && encoding !== 'iso-2022-jp')) {
    return (bytes) =>
      Buffer.from(bytes)
        .toString('latin1')
        .replace(/[^\0-\x7e]/g, '\ufffd');
  }
  const decoder = new TextDecoder(encoding);
  return (bytes) => decoder.decode(bytes);
}
