import type { InputSpec, OutputSpec } from '@deephealth/sdk';
import { type Report, under } from './binding-problem.js';
import type { ServiceBinding } from './cds-hooks-binding.js';

/** What stands in the way of showing a region: a runtime would refuse to find it, or there is nothing to show it on. */
export function checkRegions({ cards }: ServiceBinding, input: InputSpec, output: OutputSpec, report: Report): void {
  cards.rules.forEach(({ region }, index) => {
    if (region === undefined) return;
    const problem = problemOf(input, output);
    if (problem !== undefined) under(report, 'cards', 'rules', index)(['region'], problem);
  });
}

function problemOf(input: InputSpec, output: OutputSpec): string | undefined {
  if (input.kind !== 'image') {
    return `Input "${input.name}" is of kind ${input.kind}. A region is shown on an image. Remove it.`;
  }
  if (output.kind !== 'classification') {
    return `Output "${output.name}" is of kind ${output.kind}. Only a classification has a region behind it. Remove it.`;
  }
  const { explanation } = output;
  if (explanation === undefined) {
    return `The manifest declares no explanation of output "${output.name}", and the runtime would refuse to find a region. Declare one, or remove it.`;
  }
  return explanation.input === input.name
    ? undefined
    : `The explanation of output "${output.name}" covers "${explanation.input}", and this service fills "${input.name}". Remove it.`;
}
