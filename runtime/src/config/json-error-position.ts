const BLANK = /[ \t\n\r]*/y;
const TOKEN =
  /[{}[\],:]|"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/y;

type Expected = 'value' | 'value or ]' | 'name' | 'name or }' | ':' | ', or close' | 'end';

/**
 * Offset of the first character of `text` that JSON (RFC 8259) does not allow where it stands, its
 * length if it ends too early, undefined if it is JSON. The engine's own message tells the place in
 * some versions and for some errors only, and quotes the text.
 */
export function jsonErrorPosition(text: string): number | undefined {
  const open: ('{' | '[')[] = [];
  let expected: Expected = 'value';
  let at = 0;
  for (;;) {
    at = skip(BLANK, text, at);
    if (at === text.length) return expected === 'end' ? undefined : at;
    const end = skip(TOKEN, text, at);
    const next: Expected | undefined = end === at ? undefined : follow(expected, text.slice(at, end), open);
    if (next === undefined) return at;
    expected = next;
    at = end;
  }
}

function skip(pattern: RegExp, text: string, from: number): number {
  pattern.lastIndex = from;
  return pattern.test(text) ? pattern.lastIndex : from;
}

/** What may come after `token`; undefined if it may not stand here itself. Keeps track of what is open. */
function follow(expected: Expected, token: string, open: ('{' | '[')[]): Expected | undefined {
  const isClosing = token === '}' || token === ']';
  if (isClosing) {
    const isEmpty = expected === (token === '}' ? 'name or }' : 'value or ]');
    const isOver = expected === ', or close' && open.at(-1) === (token === '}' ? '{' : '[');
    if (!isEmpty && !isOver) return undefined;
    open.pop();
    return open.length === 0 ? 'end' : ', or close';
  }
  switch (expected) {
    case 'value':
    case 'value or ]':
      if (token === ',' || token === ':') return undefined;
      if (token !== '{' && token !== '[') return open.length === 0 ? 'end' : ', or close';
      open.push(token);
      return token === '{' ? 'name or }' : 'value or ]';
    case 'name':
    case 'name or }':
      return token.startsWith('"') ? ':' : undefined;
    case ':':
      return token === ':' ? 'value' : undefined;
    case ', or close':
      if (token !== ',') return undefined;
      return open.at(-1) === '{' ? 'name' : 'value';
    default:
      return undefined;
  }
}
