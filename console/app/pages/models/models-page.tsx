import { useId, useState } from 'preact/hooks';
import type { ModelRow, ModelState, ModelsAnswer } from '../../../src/api.js';
import { useResource } from '../../api/use-resource.js';
import { hrefOf } from '../../router/route.js';
import { StateBadge } from '../../shell/badge.js';
import { Gate } from '../../shell/gate.js';
import { Empty, ErrorNotice, Loading } from '../../shell/notice.js';
import { Page } from '../../shell/page.js';
import { ScrollArea } from '../../shell/scroll-area.js';
import { formatDigest, formatTime, formatWhole } from '../../text/format.js';
import { text } from '../../text/text.js';
import { filterModels, orderModels } from './order-models.js';

const POLL_MS = 5000;

export function ModelsPage() {
  return (
    <Page title={text.models.title} lead={text.models.lead}>
      <Gate permission="models.read">{() => <Models />}</Gate>
    </Page>
  );
}

function Models() {
  const { data, error, reload } = useResource<ModelsAnswer>('models', POLL_MS);
  const [words, setWords] = useState('');
  const [state, setState] = useState<ModelState | ''>('');
  const id = useId();
  if (data === undefined) return error === undefined ? <Loading /> : <ErrorNotice error={error} retry={reload} />;
  const { models } = data;
  if (models.length === 0) return <Empty title={text.models.nothing} hint={text.models.nothingHint} />;
  const shown = orderModels(filterModels(models, words, state));
  const states = [...new Set(models.map((model) => model.state))];
  return (
    <>
      <form class="filters" onSubmit={(event) => event.preventDefault()}>
        <div class="field">
          <label for={`${id}-words`}>{text.models.filter}</label>
          <input
            id={`${id}-words`}
            type="search"
            value={words}
            onInput={(event) => setWords(event.currentTarget.value)}
          />
        </div>
        <div class="field">
          <label for={`${id}-state`}>{text.models.onlyState}</label>
          <select
            id={`${id}-state`}
            value={state}
            onChange={(event) => setState(event.currentTarget.value as ModelState | '')}
          >
            <option value="">{text.models.anyState}</option>
            {states.map((one) => (
              <option key={one} value={one}>
                {text.state[one]}
              </option>
            ))}
          </select>
        </div>
        <p class="count" role="status">
          {shown.length === models.length
            ? text.models.count(models.length)
            : text.models.shown(shown.length, models.length)}
        </p>
      </form>
      {shown.length === 0 ? <Empty title={text.models.noMatch} /> : <ModelTable models={shown} />}
    </>
  );
}

function ModelTable({ models }: { readonly models: readonly ModelRow[] }) {
  return (
    <ScrollArea label={text.models.title}>
      <table class="cards">
        <caption class="unseen">{text.models.caption}</caption>
        <thead>
          <tr>
            <th scope="col">{text.models.name}</th>
            <th scope="col">{text.models.state}</th>
            <th scope="col">{text.models.since}</th>
            <th scope="col">{text.models.digest}</th>
            <th scope="col" class="number">
              {text.models.restarts}
            </th>
          </tr>
        </thead>
        <tbody>
          {models.map((model) => (
            <ModelLine key={`${model.name}@${model.version}`} model={model} />
          ))}
        </tbody>
      </table>
    </ScrollArea>
  );
}

function ModelLine({ model }: { readonly model: ModelRow }) {
  const { name, version, title, state, reason, suspension } = model;
  return (
    <tr>
      <th scope="row" class="model-name">
        <a href={hrefOf({ page: 'model', name, version })}>
          {name} <span class="version">{version}</span>
        </a>{' '}
        {model.isDefault && <span class="tag">{text.models.isDefault}</span>}
        <span class="title">{title}</span>
      </th>
      <td data-label={text.models.state}>
        <div>
          <StateBadge state={state} />
          {suspension !== undefined && (
            <p class="reason">
              {suspension.reason} <span class="quiet">{text.models.suspendedBy(suspension.by, suspension.at)}</span>
            </p>
          )}
          {suspension === undefined && reason !== undefined && (
            <p class="reason">
              {reason.message} <code>{reason.code}</code>
            </p>
          )}
        </div>
      </td>
      <td data-label={text.models.since} class="time">
        {formatTime(model.stateChangedAt) || text.unknown}
      </td>
      <td data-label={text.models.digest}>
        <code class="model-digest">{formatDigest(model.packageSha256) || text.unknown}</code>
      </td>
      <td data-label={text.models.restarts} class="number">
        {formatWhole(model.hostRestarts)}
      </td>
    </tr>
  );
}
