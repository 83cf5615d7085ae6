const VARINT = 0;
const FIXED_64 = 1;
const LENGTH_DELIMITED = 2;
const FIXED_32 = 5;

/** Whether every field of a protobuf message ends where the message ends, or before; of this level only. */
export function hasWholeFields(bytes: Uint8Array): boolean {
  let at = 0;
  const varint = (): number => {
    let value = 0;
    for (let shift = 0; shift < 70; shift += 7) {
      const byte = bytes[at++];
      if (byte === undefined) return Number.NaN;
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
    }
    return Number.NaN;
  };
  while (at < bytes.length) {
    const tag = varint();
    switch (tag % 8) {
      case VARINT:
        if (Number.isNaN(varint())) return false;
        break;
      case FIXED_64:
        at += 8;
        break;
      case LENGTH_DELIMITED: {
        const length = varint();
        at += length;
        break;
      }
      case FIXED_32:
        at += 4;
        break;
      default:
        return false;
    }
  }
  return at === bytes.length;
}
