import type { Finding, FindingClass } from '../../../src/api.js';
import { Icon } from '../../shell/icon.js';
import { ScrollArea } from '../../shell/scroll-area.js';
import { formatProbability, formatWhole } from '../../text/format.js';
import { text } from '../../text/text.js';

/** Classes that are shown at first; of a thousand, most are close to nothing. */
const MOST = 12;

/** Probabilities as numbers and bars, each with the mark of its threshold. */
export function ClassTable({ finding }: { readonly finding: Finding }) {
  const classes = finding.classes ?? [];
  const shown = classes.filter((one, index) => index < MOST || one.isDecided);
  return (
    <ScrollArea label={text.try.classes(finding.title)}>
      <table class="classes">
        <caption class="unseen">{text.try.classes(finding.title)}</caption>
        <thead>
          <tr>
            <th scope="col">{text.try.classLabel}</th>
            <th scope="col" class="number">
              {text.try.probability}
            </th>
            <td class="bar-column" />
            <th scope="col" class="number">
              {text.try.threshold}
            </th>
          </tr>
        </thead>
        <tbody>
          {shown.map((one) => (
            <tr key={one.label} class={one.isDecided ? 'decided' : ''}>
              <th scope="row">
                {one.label}
                {one.isDecided && (
                  <span class="decided-mark">
                    <Icon name="check" />
                    {text.try.isDecided}
                  </span>
                )}
              </th>
              <td class="number">{formatProbability(one.probability)}</td>
              <td class="bar-column">
                <Bar of={one} />
              </td>
              <td class="number">{one.threshold === undefined ? '–' : formatProbability(one.threshold)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {shown.length < classes.length && <p class="quiet">+{formatWhole(classes.length - shown.length)}</p>}
    </ScrollArea>
  );
}

function Bar({ of: { probability, threshold } }: { readonly of: FindingClass }) {
  return (
    <svg class="bar" viewBox="0 0 100 12" preserveAspectRatio="none" aria-hidden="true" focusable="false">
      <rect class="track" width="100" height="12" />
      <rect class="filled" width={Math.max(0, Math.min(1, probability)) * 100} height="12" />
      {threshold !== undefined && <line class="threshold" x1={threshold * 100} x2={threshold * 100} y1="-2" y2="14" />}
    </svg>
  );
}
