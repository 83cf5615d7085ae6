import { DeepHealthError } from '@deephealth/sdk';

export interface CharacterSet {
  /** Specific Character Set (0008,0005); undefined for the default one. */
  readonly stated?: Uint8Array;
  /** Text of our own in it, filled up to an even length. */
  encode(text: string): Uint8Array;
}

const TAG = '00080005';
const isAscii = (bytes: Uint8Array) => bytes.every((byte) => byte < 0x80 && byte !== 0x1b);

/**
 * The character set of an object that repeats text of its source byte for byte and adds text of its own.
 *
 * That of the source, where our text fits: ASCII always does. Else UTF-8, where nothing of the source
 * would then be misread.
 *
 * @param copied values of the source by tag, with its Specific Character Set
 * @throws DH_REQUEST_MALFORMED where no set holds both
 */
export function characterSetFor(
  copied: Readonly<Record<string, Uint8Array>>,
  own: readonly string[],
  file: string,
): CharacterSet {
  const ofSource = copied[TAG];
  const name = ofSource === undefined ? '' : Buffer.from(ofSource).toString('latin1').trim();
  const using = (encoding: 'latin1' | 'utf8', stated: Uint8Array | undefined): CharacterSet => ({
    ...(stated === undefined ? {} : { stated }),
    encode(text) {
      const bytes = Buffer.from(text, encoding);
      return bytes.length % 2 === 0 ? bytes : Buffer.concat([bytes, Buffer.from(' ')]);
    },
  });
  const text = own.join('');
  if (isAscii(Buffer.from(text, 'utf8'))) return using('latin1', ofSource);
  const isUtf8 = name === 'ISO_IR 192';
  if (isUtf8 || Object.entries(copied).every(([tag, bytes]) => tag === TAG || isAscii(bytes))) {
    return using('utf8', Buffer.from('ISO_IR 192'));
  }
  if (name === 'ISO_IR 100' && [...text].every((letter) => letter.charCodeAt(0) < 0x100)) {
    return using('latin1', ofSource);
  }
  throw new DeepHealthError(
    'DH_REQUEST_MALFORMED',
    `"${file}" cannot be written: the labels of the model and the text of the input need different character sets. Use labels of ASCII.`,
    { details: { file } },
  );
}
