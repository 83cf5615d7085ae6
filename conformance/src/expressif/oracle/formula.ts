/**
 * The value of a formula of numbers, variables, `+ - * / ^` and brackets: as much as the suite's own rule bases hold.
 *
 * @throws RangeError for a name that has no value
 */
export function formulaValue(formula: string, values: Readonly<Record<string, number>>): number {
  const words = formula.match(/[()+\-*/^]|[\w.]+/g) ?? [];
  let place = 0;
  const next = () => words[place++] as string;
  const atom = (): number => {
    const word = next();
    if (word === '-') return -power();
    if (word === '(') {
      const inside = sum();
      place += 1;
      return inside;
    }
    const value = Object.hasOwn(values, word) ? values[word] : Number(word);
    if (value === undefined || Number.isNaN(value)) throw new RangeError(`"${word}" has no value`);
    return value;
  };
  const power = (): number => {
    const base = atom();
    return words[place] === '^' && next() ? base ** power() : base;
  };
  const product = (): number => {
    let value = power();
    while (words[place] === '*' || words[place] === '/') value = next() === '*' ? value * power() : value / power();
    return value;
  };
  const sum = (): number => {
    let value = product();
    while (words[place] === '+' || words[place] === '-') value = next() === '+' ? value + product() : value - product();
    return value;
  };
  return sum();
}
