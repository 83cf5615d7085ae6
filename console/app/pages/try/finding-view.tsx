import type { Finding, FindingEvent } from '../../../src/api.js';
import { Overlay } from '../../charts/overlay.js';
import { SignalChart } from '../../charts/signal-chart.js';
import { ScrollArea } from '../../shell/scroll-area.js';
import { formatProbability, formatSeconds, formatShort } from '../../text/format.js';
import { text } from '../../text/text.js';
import { ClassTable } from './class-table.js';

/** One output: what it says first, then what that rests on. */
export function FindingView({ finding, isAbstained }: { readonly finding: Finding; readonly isAbstained: boolean }) {
  const { title, kind, decision, classes, value, events, drawing } = finding;
  const says = saysOf(finding);
  return (
    <section class="finding" aria-label={title}>
      <h3>{title}</h3>
      {says !== '' && (
        <p class={isAbstained ? 'decision withheld' : 'decision'}>{isAbstained ? text.try.noDecision : says}</p>
      )}
      {classes !== undefined && classes.length > 0 && <ClassTable finding={finding} />}
      {drawing?.kind === 'overlay' && <Overlay drawing={drawing} title={title} />}
      {drawing?.kind === 'signal' && <SignalChart signal={drawing} {...(events !== undefined && { events })} />}
      {events !== undefined && <Events events={events} />}
      {finding.text !== undefined && (
        <figure class="model-text">
          <blockquote>{finding.text}</blockquote>
          <figcaption>{text.try.textByModel}</figcaption>
        </figure>
      )}
      {drawing?.kind === 'table' && <DrawnTable title={title} columns={drawing.columns} rows={drawing.rows} />}
      {(kind === 'tensor' || kind === 'map' || kind === 'detections') &&
        drawing === undefined &&
        decision === undefined &&
        value === undefined && <p class="quiet">{text.try.notDrawn}</p>}
    </section>
  );
}

function saysOf({ decision, value, kind }: Finding): string {
  if (decision !== undefined && decision !== '') return decision;
  if (value !== undefined) return `${formatShort(value.number)} ${value.unit}`;
  return kind === 'classification' ? text.none : '';
}

function Events({ events }: { readonly events: readonly FindingEvent[] }) {
  if (events.length === 0) return <p>{text.try.noEvents}</p>;
  return (
    <ScrollArea label={text.try.events(events.length)}>
      <table>
        <caption>{text.try.events(events.length)}</caption>
        <thead>
          <tr>
            <th scope="col" class="number">
              {text.audit.number}
            </th>
            <th scope="col">{text.try.event}</th>
            <th scope="col" class="number">
              {text.try.start}
            </th>
            <th scope="col" class="number">
              {text.try.duration}
            </th>
            <th scope="col" class="number">
              {text.try.probability}
            </th>
          </tr>
        </thead>
        <tbody>
          {events.map(({ label, startSeconds, durationSeconds, probability }, index) => (
            <tr key={index}>
              <td class="number">{index + 1}</td>
              <th scope="row">{label}</th>
              <td class="number">{formatSeconds(startSeconds)}</td>
              <td class="number">{durationSeconds === undefined ? '–' : formatSeconds(durationSeconds)}</td>
              <td class="number">{probability === undefined ? '–' : formatProbability(probability)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </ScrollArea>
  );
}

function DrawnTable({
  title,
  columns,
  rows,
}: {
  readonly title: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly (string | number | boolean | null)[])[];
}) {
  const cell = (value: string | number | boolean | null) =>
    typeof value === 'number' ? formatShort(value) : typeof value === 'boolean' ? (value ? text.yes : text.no) : value;
  return (
    <ScrollArea label={text.try.table(title)}>
      <table>
        <caption class="unseen">{text.try.table(title)}</caption>
        <thead>
          <tr>
            {columns.map((column, index) => (
              <th key={column} scope="col" class={typeof rows[0]?.[index] === 'number' ? 'number' : ''}>
                {column}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row, line) => (
            <tr key={line}>
              {row.map((value, index) => (
                <td key={index} class={typeof value === 'number' ? 'number' : ''}>
                  {cell(value)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </ScrollArea>
  );
}
