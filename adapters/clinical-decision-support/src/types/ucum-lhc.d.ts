/** The part of @lhncbc/ucum-lhc that is used here; the package has no types of its own. */
declare module '@lhncbc/ucum-lhc' {
  interface UcumLhcUtilsInstance {
    validateUnitString(unit: string): {
      readonly status: 'valid' | 'invalid' | 'error';
      readonly ucumCode: string | null;
    };
    convertUnitTo(
      from: string,
      value: number,
      to: string,
      options?: { readonly molecularWeight?: number },
    ): { readonly status: 'succeeded' | 'failed' | 'error'; readonly toVal: number | null };
  }
  const ucum: { readonly UcumLhcUtils: { getInstance(): UcumLhcUtilsInstance } };
  export = ucum;
}
