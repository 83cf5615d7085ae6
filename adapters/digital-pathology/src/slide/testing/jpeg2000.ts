interface Encoder {
  getDecodedBuffer(info: object): Uint8Array;
  getEncodedBuffer(): Uint8Array;
  setDecompositions(levels: number): void;
  encode(): void;
}

/** RGB as a lossless JPEG 2000 codestream whose colour is transformed within (RCT). */
export async function encodeJpeg2000(pixels: Uint8Array, width: number, height: number): Promise<Uint8Array> {
  const { default: factory } = await import('@cornerstonejs/codec-openjpeg');
  const silent = { print: () => {}, printErr: () => {} };
  const { J2KEncoder } = await (factory as (options: object) => Promise<{ J2KEncoder: new () => Encoder }>)(silent);
  const encoder = new J2KEncoder();
  const info = { width, height, bitsPerSample: 8, componentCount: 3, isSigned: false, isUsingColorTransform: true };
  encoder.getDecodedBuffer(info).set(pixels);
  encoder.setDecompositions(2);
  encoder.encode();
  return Uint8Array.from(encoder.getEncodedBuffer());
}
