import type { ModelAnswer, ModelCheck } from '../../../src/api.js';
import { Badge, type Tone } from '../../shell/badge.js';
import type { IconName } from '../../shell/icon.js';
import { formatMilliseconds } from '../../text/format.js';
import { text } from '../../text/text.js';

const STATUS: Record<ModelCheck['status'], readonly [Tone, IconName, string]> = {
  PASSED: ['good', 'check', text.model.passed],
  FAILED: ['bad', 'cross', text.model.failed],
  NOT_RUN: ['quiet', 'dash', text.model.notRun],
  UNSPECIFIED: ['quiet', 'question', text.unknown],
};

/** What the server checked before it served the version. */
export function Checks({ checks, goldenCases }: Pick<ModelAnswer, 'checks' | 'goldenCases'>) {
  const { count, worstError } = goldenCases;
  return (
    <section class="panel" aria-labelledby="checks">
      <h2 id="checks">{text.model.checks}</h2>
      {count > 0 && (
        <p>
          {text.model.golden(count)}
          {worstError !== null && `; ${text.model.worstError(worstError)}`}
        </p>
      )}
      {checks.length > 0 && (
        <ul class="checks">
          {checks.map(({ name, status, message, durationMs }) => {
            const [tone, icon, word] = STATUS[status];
            return (
              <li key={name}>
                <div class="check-head">
                  <strong>{name}</strong>
                  <Badge tone={tone} icon={icon}>
                    {word}
                  </Badge>
                  {status !== 'NOT_RUN' && <span class="check-time">{formatMilliseconds(durationMs)}</span>}
                </div>
                <p>{message}</p>
              </li>
            );
          })}
        </ul>
      )}
    </section>
  );
}
