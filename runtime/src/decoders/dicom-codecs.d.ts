// These packages ship no types, or none that are found. Each of the first four is CommonJS, whose exports object is a function that gives the module.
declare module '@cornerstonejs/codec-libjpeg-turbo-8bit/decodewasmjs' {
  const factory: unknown;
  // biome-ignore lint/style/noDefaultExport: the package is CommonJS, whose exports object is the default.
  export default factory;
}
declare module '@cornerstonejs/codec-charls/decodewasmjs' {
  const factory: unknown;
  // biome-ignore lint/style/noDefaultExport: the package is CommonJS, whose exports object is the default.
  export default factory;
}
declare module '@cornerstonejs/codec-openjpeg/decodewasmjs' {
  const factory: unknown;
  // biome-ignore lint/style/noDefaultExport: the package is CommonJS, whose exports object is the default.
  export default factory;
}
declare module '@cornerstonejs/codec-charls' {
  const factory: unknown;
  // biome-ignore lint/style/noDefaultExport: the package is CommonJS, whose exports object is the default.
  export default factory;
}
declare module '@cornerstonejs/codec-openjpeg' {
  const factory: unknown;
  // biome-ignore lint/style/noDefaultExport: the package is CommonJS, whose exports object is the default.
  export default factory;
}
declare module '@cornerstonejs/codec-openjph' {
  const factory: unknown;
  // biome-ignore lint/style/noDefaultExport: the package is CommonJS, whose exports object is the default.
  export default factory;
}
declare module 'jpeg-lossless-decoder-js' {
  export class Decoder {
    decode(
      buffer: ArrayBuffer,
      offset: number,
      length: number,
      bytesPerSample: number,
    ): { readonly buffer: ArrayBuffer; readonly byteOffset: number; readonly byteLength: number };
  }
}
