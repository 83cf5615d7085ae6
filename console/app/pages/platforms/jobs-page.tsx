import { useEffect, useRef } from 'preact/hooks';
import type { JobRow, JobsAnswer } from '../../../src/api.js';
import { useResource } from '../../api/use-resource.js';
import { announce } from '../../shell/announce.js';
import { Badge } from '../../shell/badge.js';
import { Gate } from '../../shell/gate.js';
import { Empty, ErrorNotice, Loading } from '../../shell/notice.js';
import { Page } from '../../shell/page.js';
import { PageLink } from '../../shell/page-link.js';
import { ScrollArea } from '../../shell/scroll-area.js';
import { formatDigest, formatPercent, formatSeconds, formatTime } from '../../text/format.js';
import { text } from '../../text/text.js';
import { isJobRunning, jobLook, jobWords } from './job-state.js';

const POLL_MS = 3000;

export function JobsPage() {
  return (
    <Page title={text.jobs.title} lead={text.jobs.lead}>
      <Gate permission="models.read" source="jobs">
        {() => <Jobs />}
      </Gate>
    </Page>
  );
}

function Jobs() {
  const { data, error, reload } = useResource<JobsAnswer>('jobs', POLL_MS);
  const running = data?.items.filter(({ state }) => isJobRunning(state)).length;
  const before = useRef<number | undefined>(undefined);
  useEffect(() => {
    // A job that starts or ends is said; its progress is not, every three seconds.
    if (running !== undefined && before.current !== undefined && before.current !== running)
      announce(text.jobs.announce(running));
    before.current = running;
  }, [running]);
  if (data === undefined) return error === undefined ? <Loading /> : <ErrorNotice error={error} retry={reload} />;
  if (data.items.length === 0) return <Empty title={text.jobs.nothing} hint={text.jobs.nothingHint} />;
  return (
    <ScrollArea label={text.jobs.caption}>
      <table class="cards">
        <caption class="unseen">{text.jobs.caption}</caption>
        <thead>
          <tr>
            <th scope="col">{text.jobs.id}</th>
            <th scope="col">{text.jobs.state}</th>
            <th scope="col">{text.jobs.progress}</th>
            <th scope="col">{text.jobs.started}</th>
            <th scope="col">{text.jobs.took}</th>
          </tr>
        </thead>
        <tbody>
          {data.items.map((job) => (
            <JobLine key={job.id} job={job} />
          ))}
        </tbody>
      </table>
    </ScrollArea>
  );
}

function JobLine({ job: { id, chain, state, progress, startedAt, endedAt, url } }: { readonly job: JobRow }) {
  const [tone, icon] = jobLook(state);
  const took = endedAt === undefined ? Number.NaN : (Date.parse(endedAt) - Date.parse(startedAt)) / 1000;
  return (
    <tr>
      <th scope="row">
        {url === undefined ? (
          formatDigest(id)
        ) : (
          <PageLink url={url} words={formatDigest(id)} about={text.jobs.openOf(formatDigest(id))} />
        )}
        <span class="title">{chain}</span>
      </th>
      <td data-label={text.jobs.state}>
        <Badge tone={tone} icon={icon}>
          {jobWords(state)}
        </Badge>
      </td>
      <td data-label={text.jobs.progress}>
        <span class="with-line">
          <progress value={progress} max={1} aria-label={`${text.jobs.progress}: ${id}`} />
          <span class="number">{formatPercent(progress)}</span>
        </span>
      </td>
      <td data-label={text.jobs.started} class="time">
        {formatTime(startedAt) || text.jobs.notStarted}
      </td>
      <td data-label={text.jobs.took} class="time">
        {Number.isFinite(took) ? formatSeconds(took) : '–'}
      </td>
    </tr>
  );
}
