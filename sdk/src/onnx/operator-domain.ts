/** A domain as this product compares it: the default domain has the two names '' and ai.onnx. */
export function normalDomain(domain: string | undefined): string {
  return domain === undefined || domain === 'ai.onnx' ? '' : domain;
}
