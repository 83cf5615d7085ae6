import type { ModelAnswer } from '../../../src/api.js';
import { pathOf } from '../../api/api-client.js';
import { useResource } from '../../api/use-resource.js';
import { Markdown } from '../../markdown/render-markdown.js';
import { hrefOf } from '../../router/route.js';
import { StateBadge } from '../../shell/badge.js';
import { Gate } from '../../shell/gate.js';
import { ErrorNotice, Loading, Notice } from '../../shell/notice.js';
import { Page } from '../../shell/page.js';
import { formatTime } from '../../text/format.js';
import { text } from '../../text/text.js';
import { Checks } from './checks.js';
import { Identity } from './identity.js';
import { Inputs, Outputs } from './inputs-and-outputs.js';
import { readModelFacts } from './model-facts.js';
import { SuspensionActs } from './suspension-acts.js';

export function ModelPage({ name, version }: { readonly name: string; readonly version: string }) {
  return (
    <Page
      title={`${name} ${version}`}
      lead={
        <a class="back" href={hrefOf({ page: 'models' })}>
          ← {text.model.back}
        </a>
      }
    >
      <Gate permission="models.read">{() => <Model name={name} version={version} />}</Gate>
    </Page>
  );
}

function Model({ name, version }: { readonly name: string; readonly version: string }) {
  const { data, error, reload } = useResource<ModelAnswer>(pathOf('models', name, version));
  if (data === undefined) return error === undefined ? <Loading /> : <ErrorNotice error={error} retry={reload} />;
  const { summary, manifest, descriptor, card } = data;
  const facts = readModelFacts(manifest, descriptor);
  const { suspension, reason, state } = summary;
  const isRead = Object.keys(manifest).length > 0;
  return (
    <>
      <div class="model-head">
        {summary.title !== '' && <p class="model-title">{summary.title}</p>}
        <StateBadge state={state} />
        {summary.isDefault && <span class="tag">{text.models.isDefault}</span>}
        <span class="spacer" />
        {state === 'READY' ? (
          <a class="button primary" href={hrefOf({ page: 'try', name, version })}>
            {text.model.tryIt}
          </a>
        ) : (
          <span class="quiet">{text.model.cannotTry}</span>
        )}
        <SuspensionActs model={summary} done={reload} />
      </div>
      {suspension !== undefined && (
        <Notice tone="warn" icon="pause" title={text.suspension.by(suspension.by, formatTime(suspension.at))}>
          <p>{suspension.reason}</p>
        </Notice>
      )}
      {suspension === undefined && reason !== undefined && (
        <Notice tone="bad" icon="barrier" title={text.model.why}>
          <p>
            {reason.message} <code>{reason.code}</code>
          </p>
        </Notice>
      )}
      {!isRead && <p class="quiet">{text.model.notRead}</p>}
      <div class="with-side">
        {isRead && (
          <div>
            <section class="panel" aria-labelledby="intended-use">
              <h2 id="intended-use">{text.model.intendedUse}</h2>
              <p>{facts.intendedUse || text.unknown}</p>
              {facts.isResearchOnly && <p class="strong">{text.model.researchOnly}</p>}
              <h3>{text.model.limits}</h3>
              {facts.limits.length === 0 ? (
                <p>{text.model.noLimits}</p>
              ) : (
                <ul>
                  {facts.limits.map((limit) => (
                    <li key={limit}>{limit}</li>
                  ))}
                </ul>
              )}
            </section>
            <Inputs inputs={facts.inputs} />
            <Outputs outputs={facts.outputs} />
          </div>
        )}
        <div class="side">
          {isRead && <Identity model={data} facts={facts} />}
          <Checks checks={data.checks} goldenCases={data.goldenCases} />
        </div>
      </div>
      {isRead && (
        <section class="panel" aria-labelledby="card">
          <h2 id="card">{text.model.card}</h2>
          {card === undefined ? <p>{text.model.noCard}</p> : <Markdown source={card} topLevel={3} />}
        </section>
      )}
    </>
  );
}
