import { useState } from 'preact/hooks';
import type { ReportRow, ReportsAnswer } from '../../../src/api.js';
import { getFile, pathOf } from '../../api/api-client.js';
import { ApiError } from '../../api/api-error.js';
import { useObservable } from '../../api/observable.js';
import { sessionState } from '../../api/session.js';
import { useResource } from '../../api/use-resource.js';
import { Badge } from '../../shell/badge.js';
import { Gate } from '../../shell/gate.js';
import { Empty, ErrorNotice, Loading } from '../../shell/notice.js';
import { Page } from '../../shell/page.js';
import { PageLink } from '../../shell/page-link.js';
import { ScrollArea } from '../../shell/scroll-area.js';
import { formatTime } from '../../text/format.js';
import { text } from '../../text/text.js';
import { saveBlob } from './save-blob.js';
import { verdictLook } from './verdict-look.js';

export function ReportsPage() {
  return (
    <Page title={text.reports.title} lead={text.reports.lead}>
      <Gate permission="models.read" source="reports">
        {() => <Reports />}
      </Gate>
    </Page>
  );
}

function Reports() {
  const { data, error, reload } = useResource<ReportsAnswer>('reports');
  const [failure, setFailure] = useState<ApiError>();
  if (data === undefined) return error === undefined ? <Loading /> : <ErrorNotice error={error} retry={reload} />;
  if (data.reports.length === 0) return <Empty title={text.reports.nothing} hint={text.reports.nothingHint} />;
  return (
    <>
      {failure !== undefined && <ErrorNotice error={failure} />}
      <ScrollArea label={text.reports.caption}>
        <table class="cards">
          <caption class="unseen">{text.reports.caption}</caption>
          <thead>
            <tr>
              <th scope="col">{text.reports.target}</th>
              <th scope="col">{text.reports.profile}</th>
              <th scope="col">{text.reports.verdict}</th>
              <th scope="col">{text.reports.cases}</th>
              <th scope="col">{text.reports.time}</th>
              <th scope="col">{text.reports.report}</th>
            </tr>
          </thead>
          <tbody>
            {data.reports.map((report) => (
              <ReportLine key={report.id} report={report} failed={setFailure} />
            ))}
          </tbody>
        </table>
      </ScrollArea>
    </>
  );
}

function ReportLine({
  report,
  failed,
}: {
  readonly report: ReportRow;
  readonly failed: (error: ApiError | undefined) => void;
}) {
  const { session } = useObservable(sessionState);
  const { id, target, profile, verdict, at, passed, cases } = report;
  const [tone, icon] = verdictLook(verdict, report.failed);
  const save = async () => {
    failed(undefined);
    try {
      const { data } = await getFile(pathOf('reports', id));
      saveBlob(data as Blob, `${id}.html`);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      failed(error);
    }
  };
  return (
    <tr>
      <th scope="row">{target}</th>
      <td data-label={text.reports.profile}>{profile}</td>
      <td data-label={text.reports.verdict}>
        <Badge tone={tone} icon={icon}>
          {verdict}
        </Badge>
      </td>
      <td data-label={text.reports.cases}>{text.reports.counts(passed, report.failed, cases)}</td>
      <td data-label={text.reports.time} class="time">
        {formatTime(at)}
      </td>
      <td data-label={text.reports.report}>
        {/* A link carries no key: where one is asked for, the report is fetched and kept as a file. */}
        {session?.accessControl ? (
          <button type="button" class="small" aria-label={text.reports.saveOf(target)} onClick={() => void save()}>
            {text.reports.save}
          </button>
        ) : (
          <PageLink
            url={`api/v1/${pathOf('reports', id)}`}
            words={text.reports.open}
            about={text.reports.openOf(target)}
          />
        )}
      </td>
    </tr>
  );
}
