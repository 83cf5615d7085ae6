/**
 * Whether an address leads to this machine alone: "unix:/path", "localhost:1", "127.0.0.1:1", "[::1]:1". The suite
 * sends what is meant to break things, so that any other address needs the word of its owner.
 */
export function isLoopback(address: string): boolean {
  if (/^unix:/.test(address)) return true;
  const host = address.replace(/:\d+$/, '').replace(/^\[(.*)\]$/, '$1');
  return host === 'localhost' || host === '::1' || /^127(?:\.(?:25[0-5]|2[0-4]\d|1?\d?\d)){3}$/.test(host);
}

/** Host and port, or the path of a socket; undefined if the address has neither. */
export function parseAddress(address: string): { host: string; port: number } | { path: string } | undefined {
  const path = /^unix:(?:\/\/)?(?<path>\/.+)$/.exec(address)?.groups?.path;
  if (path !== undefined) return { path };
  const parts = /^(?:\[(?<six>[0-9a-fA-F:]+)\]|(?<name>[\w.-]+)):(?<port>\d{1,5})$/.exec(address)?.groups;
  const port = Number(parts?.port);
  if (parts === undefined || port < 1 || port > 65_535) return undefined;
  return { host: parts.six ?? parts.name ?? '', port };
}
