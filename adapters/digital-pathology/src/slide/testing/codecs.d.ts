// The package ships no types that are found; it is CommonJS, whose exports object is a function that gives the module.
declare module '@cornerstonejs/codec-openjpeg' {
  const factory: unknown;
  // biome-ignore lint/style/noDefaultExport: the package is CommonJS, whose exports object is the default.
  export default factory;
}
