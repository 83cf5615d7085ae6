import type { Prediction } from '../../../src/api.js';
import { Digest } from '../../shell/digest.js';
import { Icon } from '../../shell/icon.js';
import { Notice } from '../../shell/notice.js';
import { formatMilliseconds } from '../../text/format.js';
import { text } from '../../text/text.js';
import { FindingView } from './finding-view.js';

const RESEARCH_ONLY = 'RESEARCH_USE_ONLY';
const ABSTAINED = 'ABSTAINED';

/** Kinds of warnings come with or without the prefixes of the contract. */
const bare = (code: string): string => code.replace(/^(?:WARNING_KIND_|DH_)/, '');

/** A result: what limits it first, then what it says, then what it came from. */
export function Result({ prediction, input }: { readonly prediction: Prediction; readonly input: string }) {
  const { abstained, findings, model, researchUseOnly, limits, timings, requestId } = prediction;
  const warnings = prediction.warnings.filter(({ code }) => bare(code) !== RESEARCH_ONLY && bare(code) !== ABSTAINED);
  const abstention = prediction.warnings.find(({ code }) => bare(code) === ABSTAINED);
  return (
    <div class="result">
      {researchUseOnly && (
        <p class="research-only">
          <Icon name="warning" />
          {text.try.researchOnly}
        </p>
      )}
      {abstained && (
        <Notice tone="bad" icon="warning" title={text.try.abstained}>
          <p>{text.try.abstainedHint}</p>
          {abstention !== undefined && <p>{abstention.message}</p>}
        </Notice>
      )}
      {warnings.length > 0 && (
        <Notice tone="warn" icon="warning" title={text.try.warnings(warnings.length)}>
          <ul>
            {warnings.map(({ code, message }, index) => (
              <li key={index}>
                <strong>{text.try.warningKinds[bare(code)] ?? code}.</strong> {message}
              </li>
            ))}
          </ul>
        </Notice>
      )}
      <p class="result-input">{text.try.resultFor(input)}</p>
      {findings.map((finding) => (
        <FindingView key={finding.output} finding={finding} isAbstained={abstained} />
      ))}
      <section class="origin" aria-label={text.try.provenance}>
        <dl class="facts">
          <div>
            <dt>{text.try.model}</dt>
            <dd>
              {model.name} {model.version}
            </dd>
          </div>
          <div>
            <dt>{text.try.digest}</dt>
            <dd>
              <Digest value={model.packageSha256} of={text.try.digest} />
            </dd>
          </div>
          <div>
            <dt>{text.try.graph}</dt>
            <dd>
              <Digest value={model.onnxSha256} of={text.try.graph} />
            </dd>
          </div>
          <div>
            <dt>{text.try.time}</dt>
            <dd>
              {text.try.timing(
                formatMilliseconds(timings.totalMs),
                formatMilliseconds(timings.runMs),
                formatMilliseconds(timings.queueMs),
              )}
            </dd>
          </div>
          {requestId !== '' && (
            <div>
              <dt>{text.try.request}</dt>
              <dd>
                <code>{requestId}</code>
              </dd>
            </div>
          )}
        </dl>
        {limits.length > 0 && (
          <>
            <h3>{text.try.limits}</h3>
            <ul>
              {limits.map((limit) => (
                <li key={limit}>{limit}</li>
              ))}
            </ul>
          </>
        )}
      </section>
    </div>
  );
}
