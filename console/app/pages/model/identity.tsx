import type { ModelAnswer, PlatformName } from '../../../src/api.js';
import { Digest } from '../../shell/digest.js';
import { formatTime } from '../../text/format.js';
import { text } from '../../text/text.js';
import type { ModelFacts } from './model-facts.js';

/** Bindings are named after their files. */
const PLATFORM_OF: Readonly<Record<string, PlatformName>> = {
  'cds-hooks': 'clinical-decision-support',
  'fuzzy-rules': 'expressif',
  'processing-chain': 'piaf',
};

const platformName = (binding: string): string => {
  const names: Readonly<Record<string, string>> = text.production.platform;
  return names[PLATFORM_OF[binding] ?? binding] ?? binding;
};

export function Identity({ model, facts }: { readonly model: ModelAnswer; readonly facts: ModelFacts }) {
  const { summary, platforms } = model;
  return (
    <section class="panel" aria-labelledby="identity">
      <h2 id="identity">{text.model.identity}</h2>
      <dl class="facts">
        <div>
          <dt>{text.model.packageDigest}</dt>
          <dd>
            <Digest value={summary.packageSha256} of={text.model.packageDigest} />
          </dd>
        </div>
        <div>
          <dt>{text.model.onnxDigest}</dt>
          <dd>
            <Digest value={facts.onnxSha256} of={text.model.onnxDigest} />
          </dd>
        </div>
        <div>
          <dt>{text.models.since}</dt>
          <dd>
            {formatTime(summary.stateChangedAt) || text.unknown}, {text.model.restarts(summary.hostRestarts)}
          </dd>
        </div>
        <div>
          <dt>{text.model.platforms}</dt>
          <dd>
            {platforms.length === 0 ? (
              text.model.noPlatforms
            ) : (
              <ul class="tags">
                {platforms.map((binding) => (
                  <li key={binding} class="tag">
                    {platformName(binding)}
                  </li>
                ))}
              </ul>
            )}
          </dd>
        </div>
        <div>
          <dt>{text.model.batching}</dt>
          <dd>
            {facts.servedSizes.length > 0 && `${text.model.servedSizes(facts.servedSizes)} `}
            {facts.batchingReason || (facts.servedSizes.length === 0 && text.unknown)}
          </dd>
        </div>
        {facts.providers.length > 0 && (
          <div>
            <dt>{text.model.providers}</dt>
            <dd>{facts.providers.join(', ')}</dd>
          </div>
        )}
        {facts.license !== '' && (
          <div>
            <dt>{text.model.license}</dt>
            <dd>{facts.license}</dd>
          </div>
        )}
        {facts.producer !== '' && (
          <div>
            <dt>{text.model.producer}</dt>
            <dd>{facts.producer}</dd>
          </div>
        )}
      </dl>
    </section>
  );
}
