// A block of TypeScript as a program that Node runs.
import { transformSync } from 'esbuild';

export function programOf(text, { atAddresses }) {
  return transformSync(atAddresses(text), { loader: 'ts', format: 'esm', target: 'node20' }).code;
}
