import type { FeedbackAnswer, FeedbackItem } from '../../../src/api.js';
import { usePages } from '../../api/use-pages.js';
import { Gate } from '../../shell/gate.js';
import { Empty, ErrorNotice, Loading } from '../../shell/notice.js';
import { Page } from '../../shell/page.js';
import { ScrollArea } from '../../shell/scroll-area.js';
import { formatTime } from '../../text/format.js';
import { text } from '../../text/text.js';

export function FeedbackPage() {
  return (
    <Page title={text.feedback.title} lead={text.feedback.lead}>
      <Gate permission="feedback.read" source="feedback">
        {() => <Feedback />}
      </Gate>
    </Page>
  );
}

function Feedback() {
  const { pages, error, isLoading, more, reload } = usePages<FeedbackAnswer>('feedback?limit=50');
  if (pages.length === 0) return error === undefined ? <Loading /> : <ErrorNotice error={error} retry={reload} />;
  const items = pages.flatMap((page) => page.items);
  const hasComments = items.some(({ comment }) => comment !== undefined);
  if (items.length === 0) return <Empty title={text.feedback.nothing} hint={text.feedback.nothingHint} />;
  return (
    <>
      <ScrollArea label={text.feedback.caption}>
        <table class="cards">
          <caption class="unseen">{text.feedback.caption}</caption>
          <thead>
            <tr>
              <th scope="col">{text.feedback.service}</th>
              <th scope="col">{text.feedback.time}</th>
              <th scope="col">{text.feedback.outcome}</th>
              <th scope="col">{text.feedback.reasons}</th>
              {hasComments && <th scope="col">{text.feedback.comment}</th>}
              <th scope="col">{text.feedback.card}</th>
            </tr>
          </thead>
          <tbody>
            {items.map((item, index) => (
              <FeedbackLine key={index} item={item} hasComments={hasComments} />
            ))}
          </tbody>
        </table>
      </ScrollArea>
      {error !== undefined && <ErrorNotice error={error} />}
      {more !== undefined && (
        <button type="button" disabled={isLoading} onClick={() => void more()}>
          {text.moreBelow}
        </button>
      )}
    </>
  );
}

/** The code of a reason, which comes as "system|code". */
const reasonWords = (reason: string): string => reason.slice(reason.lastIndexOf('|') + 1);

function FeedbackLine({
  item: { at, service, card, outcome, reasons, comment },
  hasComments,
}: {
  readonly item: FeedbackItem;
  readonly hasComments: boolean;
}) {
  return (
    <tr>
      <th scope="row">{service}</th>
      <td data-label={text.feedback.time} class="time">
        {formatTime(at)}
      </td>
      <td data-label={text.feedback.outcome}>{outcome}</td>
      <td data-label={text.feedback.reasons}>{reasons?.map(reasonWords).join(', ') || '–'}</td>
      {hasComments && <td data-label={text.feedback.comment}>{comment ?? '–'}</td>}
      <td data-label={text.feedback.card}>
        <code class="card-id">{card ?? '–'}</code>
      </td>
    </tr>
  );
}
