/** The shortest decimal that is read back as the same 32-bit number: 0.9, not 0.899999976158142. */
export function float32Text(value: number): string {
  for (let digits = 6; digits < 9; digits++) {
    const text = Number(value.toPrecision(digits));
    if (Math.fround(text) === value) return String(text);
  }
  return String(Number(value.toPrecision(9)));
}
