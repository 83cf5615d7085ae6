/** A copy of at least one finite number; throws RangeError for others. */
export function requireFinite(kernel: string, what: string, values: ArrayLike<number>): Float64Array {
  const checked = Float64Array.from(values);
  if (checked.length === 0) throw new RangeError(`${kernel}: ${what} need at least one number`);
  const index = checked.findIndex((value) => !Number.isFinite(value));
  if (index >= 0) throw new RangeError(`${kernel}: ${what}[${index}] is a finite number, got ${checked[index]}`);
  return checked;
}
