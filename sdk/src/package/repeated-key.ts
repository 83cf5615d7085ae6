/**
 * JSON pointer of the first member that an object holds twice, or undefined. A parser keeps the last of the two
 * without a word, and a reader may have looked at the first. The text must be JSON already.
 */
export function repeatedKey(text: string): string | undefined {
  const open: { keys: Set<string> | undefined; step: string; items: number }[] = [];
  // Texts, brackets and separators; what is between them does not matter here.
  for (const [token] of text.matchAll(/"(?:[^"\\]|\\.)*"(?:\s*:)?|[{}[\],]/g)) {
    const top = open.at(-1);
    if (token === '{') open.push({ keys: new Set(), step: '', items: 0 });
    else if (token === '[') open.push({ keys: undefined, step: '0', items: 0 });
    else if (token === '}' || token === ']') open.pop();
    else if (token === ',' && top?.keys === undefined && top !== undefined) top.step = String(++top.items);
    else if (token.endsWith(':') && top?.keys !== undefined) {
      const key = JSON.parse(token.replace(/\s*:$/, '')) as string;
      top.step = key;
      if (top.keys.has(key))
        return open.map(({ step }) => `/${step.replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
      top.keys.add(key);
    }
  }
  return undefined;
}
