const LONGEST_PART = 64;
const UNKNOWN = 'unknown';

/**
 * The engine of a remote model for provenance: "open-inference/triton/2.73.0". What the server calls
 * itself is reduced to letters, digits and . _ + -, and to 64 characters a part.
 */
export function remoteEngine(server: { readonly name?: string; readonly version?: string } | undefined): string {
  return `open-inference/${token(server?.name)}/${token(server?.version)}`;
}

function token(text: string | undefined): string {
  const clean = (text ?? '').replace(/[^A-Za-z0-9._+-]+/g, '-').replace(/^-+|-+$/g, '');
  return clean.slice(0, LONGEST_PART) || UNKNOWN;
}
