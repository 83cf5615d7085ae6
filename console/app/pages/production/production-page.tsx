import type { PlatformTimeline, StageRecord, Timeline, TtmipAnswer } from '../../../src/api.js';
import { useResource } from '../../api/use-resource.js';
import { hrefOf } from '../../router/route.js';
import { Badge } from '../../shell/badge.js';
import { Gate } from '../../shell/gate.js';
import { Empty, ErrorNotice, Loading } from '../../shell/notice.js';
import { Page } from '../../shell/page.js';
import { ScrollArea } from '../../shell/scroll-area.js';
import { formatSeconds, formatTime } from '../../text/format.js';
import { text } from '../../text/text.js';
import { TimelineChart } from './timeline-chart.js';

export function ProductionPage() {
  return (
    <Page title={text.production.title} lead={text.production.lead}>
      <Gate permission="models.read" source="ttmip">
        {() => <Timelines />}
      </Gate>
    </Page>
  );
}

function Timelines() {
  const { data, error, reload } = useResource<TtmipAnswer>('ttmip');
  if (data === undefined) return error === undefined ? <Loading /> : <ErrorNotice error={error} retry={reload} />;
  if (data.timelines.length === 0) return <Empty title={text.production.nothing} hint={text.production.nothingHint} />;
  return (
    <>
      {data.timelines.map((timeline) => (
        <TimelinePanel key={`${timeline.name}@${timeline.version}`} timeline={timeline} />
      ))}
    </>
  );
}

function TimelinePanel({ timeline }: { readonly timeline: Timeline }) {
  const { name, version, startedAt, platforms, stages } = timeline;
  const named = `${name} ${version}`;
  return (
    <section class="panel" aria-label={named}>
      <h2>
        <a href={hrefOf({ page: 'model', name, version })}>{named}</a>
      </h2>
      <p class="quiet">{text.production.since(formatTime(startedAt))}</p>
      <ScrollArea label={text.production.caption(named)}>
        <table class="cards">
          <caption class="unseen">{text.production.caption(named)}</caption>
          <thead>
            <tr>
              <th scope="col">{text.production.platformColumn}</th>
              <th scope="col">{text.models.state}</th>
              <th scope="col" class="number">
                {text.production.total}
              </th>
              <th scope="col" class="number">
                {text.production.machine}
              </th>
              <th scope="col" class="number">
                {text.production.steps}
              </th>
            </tr>
          </thead>
          <tbody>
            {platforms.map((platform) => (
              <PlatformLine key={platform.platform} platform={platform} />
            ))}
          </tbody>
        </table>
      </ScrollArea>
      <TimelineChart timeline={timeline} />
      <ul class="legend">
        <li>
          <svg width="10" height="10" aria-hidden="true" focusable="false">
            <circle cx="5" cy="5" r="4" />
          </svg>
          {text.production.legendHuman}
        </li>
        <li>
          <svg width="10" height="10" aria-hidden="true" focusable="false">
            <path d="M1 1l8 8m0 -8l-8 8" />
          </svg>
          {text.production.failed}
        </li>
      </ul>
      <details>
        <summary>{text.production.stages}</summary>
        <StageTable named={named} stages={[...stages, ...platforms.flatMap((platform) => platform.stages)]} />
      </details>
    </section>
  );
}

function PlatformLine({ platform }: { readonly platform: PlatformTimeline }) {
  const { isInProduction, ttmipSeconds, machineSeconds, humanSteps } = platform;
  return (
    <tr>
      <th scope="row">{text.production.platform[platform.platform]}</th>
      <td data-label={text.models.state}>
        <Badge tone={isInProduction ? 'good' : 'quiet'} icon={isInProduction ? 'check' : 'dash'}>
          {isInProduction ? text.production.inProduction : text.production.notYet}
        </Badge>
      </td>
      <td data-label={text.production.total} class="number strong">
        {ttmipSeconds === undefined ? '–' : formatSeconds(ttmipSeconds)}
      </td>
      <td data-label={text.production.machine} class="number">
        {formatSeconds(machineSeconds)}
      </td>
      <td data-label={text.production.steps} class="number">
        {text.production.humanSteps(humanSteps)}
      </td>
    </tr>
  );
}

function StageTable({ named, stages }: { readonly named: string; readonly stages: readonly StageRecord[] }) {
  return (
    <ScrollArea label={text.production.stagesCaption(named)}>
      <table class="cards">
        <caption class="unseen">{text.production.stagesCaption(named)}</caption>
        <thead>
          <tr>
            <th scope="col">{text.production.stageColumn}</th>
            <th scope="col">{text.production.platformColumn}</th>
            <th scope="col">{text.production.began}</th>
            <th scope="col" class="number">
              {text.production.took}
            </th>
            <th scope="col" class="number">
              {text.production.steps}
            </th>
            <th scope="col">{text.production.outcome}</th>
          </tr>
        </thead>
        <tbody>
          {stages.map((record, index) => (
            <tr key={index}>
              <th scope="row">
                {text.production.stage[record.stage]}
                {record.detail !== undefined && <span class="title">{record.detail}</span>}
              </th>
              <td data-label={text.production.platformColumn}>
                {record.platform === undefined ? '–' : text.production.platform[record.platform]}
              </td>
              <td data-label={text.production.began} class="time">
                {formatTime(record.startedAt)}
              </td>
              <td data-label={text.production.took} class="number">
                {formatSeconds(record.machineMs / 1000)}
              </td>
              <td data-label={text.production.steps} class="number">
                {record.humanSteps}
              </td>
              <td data-label={text.production.outcome}>
                {record.outcome === 'done' ? (
                  <Badge tone="good" icon="check">
                    {text.production.done}
                  </Badge>
                ) : (
                  <>
                    <Badge tone="bad" icon="cross">
                      {text.production.failed}
                    </Badge>{' '}
                    {record.code !== undefined && <code>{record.code}</code>}
                  </>
                )}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </ScrollArea>
  );
}
