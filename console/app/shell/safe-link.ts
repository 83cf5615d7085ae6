/** An address of the server that may be followed: of a page, never of a script. Undefined for every other. */
export function safeLink(url: string | undefined, base: string): string | undefined {
  if (url === undefined || url === '') return undefined;
  try {
    const { protocol, href } = new URL(url, base);
    return protocol === 'http:' || protocol === 'https:' ? href : undefined;
  } catch {
    return undefined;
  }
}
