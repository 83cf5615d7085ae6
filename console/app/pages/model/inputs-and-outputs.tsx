import { ScrollArea } from '../../shell/scroll-area.js';
import { formatProbability, formatWhole } from '../../text/format.js';
import { text } from '../../text/text.js';
import type { ColumnFacts, InputFacts, OutputFacts } from './model-facts.js';

export function Inputs({ inputs }: { readonly inputs: readonly InputFacts[] }) {
  if (inputs.length === 0) return null;
  return (
    <section class="panel" aria-labelledby="inputs">
      <h2 id="inputs">{text.model.inputs}</h2>
      {inputs.map((input) => (
        <div key={input.name} class="input">
          <h3>
            {input.name} <span class="tag">{input.kind}</span>
          </h3>
          <p>{input.description}</p>
          <SignalFacts input={input} />
          {input.mediaTypes.length > 0 && (
            <p class="quiet">
              {text.model.mediaTypes}: {input.mediaTypes.join(', ')}
            </p>
          )}
          {input.columns.length > 0 && <Columns input={input} />}
        </div>
      ))}
    </section>
  );
}

function SignalFacts({ input: { channels, samplingRateHz, samples } }: { readonly input: InputFacts }) {
  if (channels.length === 0) return null;
  const facts = [
    channels.map(({ name, unit }) => (unit === '' ? name : `${name} (${unit})`)).join(', '),
    ...(samplingRateHz === undefined ? [] : [text.model.samplingRate(samplingRateHz)]),
    ...(samples === undefined ? [] : [text.model.samples(...samples)]),
  ];
  return (
    <p class="quiet">
      {text.model.channels}: {facts.join('; ')}
    </p>
  );
}

const accepted = ({ validRange, categories, type }: ColumnFacts): string => {
  if (validRange !== undefined) return text.model.rangeOf(...validRange);
  if (type === 'boolean') return `${text.yes}, ${text.no}`;
  return categories.join(', ');
};

function Columns({ input }: { readonly input: InputFacts }) {
  return (
    <ScrollArea label={text.model.columnsOf(input.name)}>
      <table>
        <caption class="unseen">{text.model.columnsOf(input.name)}</caption>
        <thead>
          <tr>
            <th scope="col">{text.model.column}</th>
            <th scope="col">{text.model.unit}</th>
            <th scope="col">{text.model.range}</th>
            <th scope="col">{text.model.training}</th>
            <th scope="col">{text.model.missing}</th>
          </tr>
        </thead>
        <tbody>
          {input.columns.map((column) => (
            <tr key={column.name}>
              <th scope="row">
                {column.name}
                <span class="title">{column.description}</span>
              </th>
              <td>{column.unit}</td>
              <td>{accepted(column)}</td>
              <td>{column.trainingRange !== undefined && text.model.rangeOf(...column.trainingRange)}</td>
              <td>
                {column.replacement === undefined ? text.model.refused : text.model.replacedBy(column.replacement)}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </ScrollArea>
  );
}

/** Classes beyond these are counted: a list of a thousand says nothing. */
const MOST_CLASSES = 40;

export function Outputs({ outputs }: { readonly outputs: readonly OutputFacts[] }) {
  if (outputs.length === 0) return null;
  return (
    <section class="panel" aria-labelledby="outputs">
      <h2 id="outputs">{text.model.outputs}</h2>
      {outputs.map(({ name, kind, description, unit, classes }) => (
        <div key={name} class="input">
          <h3>
            {name} <span class="tag">{kind}</span>
          </h3>
          <p>
            {description} {unit}
          </p>
          {classes.length > 0 && (
            <p class="quiet">
              {text.model.classes}:{' '}
              {classes
                .slice(0, MOST_CLASSES)
                .map(({ label, threshold }) =>
                  threshold === undefined ? label : text.model.classWithThreshold(label, formatProbability(threshold)),
                )
                .join(', ')}
              {classes.length > MOST_CLASSES && ` +${formatWhole(classes.length - MOST_CLASSES)}`}
            </p>
          )}
        </div>
      ))}
    </section>
  );
}
