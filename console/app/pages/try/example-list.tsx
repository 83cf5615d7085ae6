import type { ExampleRow } from '../../../src/api.js';
import { text } from '../../text/text.js';

/** Inputs that the package or the operator offers. */
export function ExampleList({
  examples,
  chosen,
  choose,
}: {
  readonly examples: readonly ExampleRow[];
  readonly chosen: string | undefined;
  readonly choose: (example: ExampleRow) => void;
}) {
  return (
    <fieldset class="examples">
      <legend>{text.try.example}</legend>
      {examples.map((example) => (
        <label key={example.id} class="choice">
          <input type="radio" name="example" checked={chosen === example.id} onChange={() => choose(example)} />
          <span>{example.title}</span>
          <span class="quiet">{text.try.exampleSize(example.sizeBytes)}</span>
        </label>
      ))}
    </fieldset>
  );
}
