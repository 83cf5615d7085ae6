import type { Outcome } from '../targets/target-client.js';

/** What no error may say, whatever the error is (DH-R-022). */
const LEAKS: readonly (readonly [what: string, pattern: RegExp])[] = [
  ['a path of the server', /(?:^|[\s"'(=:])(?:\/[\w.@-]+){2,}|[A-Za-z]:\\[\w.\\-]+/],
  ['a stack trace', /\bat .+:\d+(?::\d+)?\b|Traceback \(most recent call last\)|\bgoroutine \d+/],
];

/** What an error gives away; undefined if nothing. */
export function findLeak({ message, metadata = {} }: Pick<Outcome, 'message'> & Partial<Outcome>): string | undefined {
  const texts = [message, ...Object.values(metadata)];
  const leak = LEAKS.find(([, pattern]) => texts.some((text) => pattern.test(text)));
  return leak === undefined ? undefined : `the error holds ${leak[0]}`;
}
