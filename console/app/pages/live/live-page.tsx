import { useEffect, useState } from 'preact/hooks';
import type { LiveAnswer, LiveModel } from '../../../src/api.js';
import { useObservable } from '../../api/observable.js';
import { isAllowed, sessionState } from '../../api/session.js';
import { useResource } from '../../api/use-resource.js';
import { Sparkline } from '../../charts/sparkline.js';
import { hrefOf } from '../../router/route.js';
import { Gate } from '../../shell/gate.js';
import { Empty, ErrorNotice, Loading } from '../../shell/notice.js';
import { Page } from '../../shell/page.js';
import { ScrollArea } from '../../shell/scroll-area.js';
import {
  formatBytes,
  formatMilliseconds,
  formatSeconds,
  formatShort,
  formatTime,
  formatWhole,
} from '../../text/format.js';
import { text } from '../../text/text.js';
import { HISTORY_LENGTH, type History, historyKey, type ModelHistory, withAnswer } from './history.js';

const POLL_MS = 2000;

export function LivePage() {
  const [isPaused, setIsPaused] = useState(false);
  const { session } = useObservable(sessionState);
  return (
    <Page
      title={text.live.title}
      lead={text.live.lead}
      aside={
        isAllowed(session, 'metrics.read') && (
          <button type="button" aria-pressed={isPaused} onClick={() => setIsPaused(!isPaused)}>
            {isPaused ? text.live.goOn : text.live.pause}
          </button>
        )
      }
    >
      <Gate permission="metrics.read" source="metrics">
        {() => <Live isPaused={isPaused} />}
      </Gate>
    </Page>
  );
}

function Live({ isPaused }: { readonly isPaused: boolean }) {
  const { data, error, reload } = useResource<LiveAnswer>('live', isPaused ? undefined : POLL_MS);
  const [history, setHistory] = useState<History>({});
  useEffect(() => {
    if (data !== undefined) setHistory((before) => withAnswer(before, data));
  }, [data]);
  if (data === undefined) return error === undefined ? <Loading /> : <ErrorNotice error={error} retry={reload} />;
  const { rssBytes, eventLoopDelayMs, uptimeSeconds } = data.process;
  return (
    <>
      <dl class="figures" aria-label={text.live.process}>
        <Figure name={text.live.memory} value={formatBytes(rssBytes)} />
        <Figure name={text.live.delay} value={formatMilliseconds(eventLoopDelayMs)} />
        <Figure name={text.live.uptime} value={formatSeconds(uptimeSeconds)} />
      </dl>
      {data.models.length === 0 ? (
        <Empty title={text.live.nothing} />
      ) : (
        <ScrollArea label={text.live.caption}>
          <table class="cards live">
            <caption class="unseen">{text.live.caption}</caption>
            <thead>
              <tr>
                <th scope="col">{text.live.model}</th>
                <th scope="col" class="number">
                  {text.live.waiting}
                </th>
                <th scope="col" class="number">
                  {text.live.running}
                </th>
                <th scope="col">{text.live.rate}</th>
                <th scope="col" class="number">
                  {text.live.p50}
                </th>
                <th scope="col">{text.live.latencyHistory}</th>
                <th scope="col" class="number">
                  {text.live.p99}
                </th>
                <th scope="col" class="number">
                  {text.live.failures}
                </th>
                <th scope="col" class="number">
                  {text.live.restarts}
                </th>
              </tr>
            </thead>
            <tbody>
              {data.models.map((model) => (
                <LiveLine key={historyKey(model)} model={model} history={history[historyKey(model)]} />
              ))}
            </tbody>
          </table>
        </ScrollArea>
      )}
      <p class="quiet as-of">
        {isPaused && `${text.live.paused}, `}
        {text.live.at(formatTime(data.at))}
      </p>
    </>
  );
}

function Figure({ name, value }: { readonly name: string; readonly value: string }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{value}</dd>
    </div>
  );
}

const milliseconds = (value: number | null): string => (value === null ? '–' : formatMilliseconds(value));

function LiveLine({ model, history }: { readonly model: LiveModel; readonly history: ModelHistory | undefined }) {
  const { name, version, waiting, running, requestsPerSecond, latencyMs, failures, restarts } = model;
  return (
    <tr>
      <th scope="row">
        <a href={hrefOf({ page: 'model', name, version })}>
          {name} <span class="version">{version}</span>
        </a>
      </th>
      <td data-label={text.live.waiting} class={waiting > 0 ? 'number strong' : 'number'}>
        {formatWhole(waiting)}
      </td>
      <td data-label={text.live.running} class="number">
        {formatWhole(running)}
      </td>
      <td data-label={text.live.rateShort}>
        <span class="with-line">
          <span class="number">{formatShort(requestsPerSecond)}</span>
          <Sparkline
            values={history?.rates ?? []}
            length={HISTORY_LENGTH}
            label={text.live.history}
            format={formatShort}
          />
        </span>
      </td>
      <td data-label={text.live.p50} class="number">
        {milliseconds(latencyMs.p50)}
      </td>
      <td data-label={text.live.p95}>
        <span class="with-line">
          <span class="number">{milliseconds(latencyMs.p95)}</span>
          <Sparkline
            values={history?.latencies ?? []}
            length={HISTORY_LENGTH}
            label={text.live.latencyHistory}
            format={formatMilliseconds}
          />
        </span>
      </td>
      <td data-label={text.live.p99} class="number">
        {milliseconds(latencyMs.p99)}
      </td>
      <td data-label={text.live.failures} class={failures > 0 ? 'number strong' : 'number'}>
        {formatWhole(failures)}
      </td>
      <td data-label={text.live.restarts} class={restarts > 0 ? 'number strong' : 'number'}>
        {formatWhole(restarts)}
      </td>
    </tr>
  );
}
