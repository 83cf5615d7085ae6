/** A sum of variables, each times a number, and a number. */
export type LinearForm = { readonly constant: number; readonly coefficients: ReadonlyMap<string, number> };

export const constantForm = (constant: number): LinearForm => ({ constant, coefficients: new Map() });

export const variableForm = (name: string): LinearForm => ({ constant: 0, coefficients: new Map([[name, 1]]) });

/** What two forms come to; undefined where that is no linear form any more. */
export function combineForms(
  operator: string,
  left: LinearForm | undefined,
  right: LinearForm | undefined,
): LinearForm | undefined {
  if (left === undefined || right === undefined) return undefined;
  switch (operator) {
    case '+':
      return add(left, right);
    case '-':
      return add(left, scale(right, -1));
    case '*':
      if (right.coefficients.size === 0) return scale(left, right.constant);
      return left.coefficients.size === 0 ? scale(right, left.constant) : undefined;
    case '/':
      return right.coefficients.size === 0 && right.constant !== 0 ? divide(left, right.constant) : undefined;
    default:
      return undefined;
  }
}

function add(left: LinearForm, right: LinearForm): LinearForm {
  const coefficients = new Map(left.coefficients);
  for (const [name, value] of right.coefficients) coefficients.set(name, (coefficients.get(name) ?? 0) + value);
  return { constant: left.constant + right.constant, coefficients };
}

const map = (form: LinearForm, change: (value: number) => number): LinearForm => ({
  constant: change(form.constant),
  coefficients: new Map([...form.coefficients].map(([name, value]) => [name, change(value)] as const)),
});

const scale = (form: LinearForm, factor: number): LinearForm => map(form, (value) => value * factor);

const divide = (form: LinearForm, divisor: number): LinearForm => map(form, (value) => value / divisor);
