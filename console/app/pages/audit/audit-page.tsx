import { useId, useState } from 'preact/hooks';
import type { AuditAnswer, AuditVerificationAnswer } from '../../../src/api.js';
import { getJson } from '../../api/api-client.js';
import { ApiError } from '../../api/api-error.js';
import { usePages } from '../../api/use-pages.js';
import { announce } from '../../shell/announce.js';
import { Gate } from '../../shell/gate.js';
import { Empty, ErrorNotice, Loading, Notice } from '../../shell/notice.js';
import { Page } from '../../shell/page.js';
import { ScrollArea } from '../../shell/scroll-area.js';
import { formatTime, formatWhole } from '../../text/format.js';
import { text } from '../../text/text.js';
import { type AuditRecord, auditPath, recordCaller, recordFields, recordWords } from './record-words.js';

/** Kinds of docs/audit.md. */
const KINDS = [
  'inference',
  'refusal',
  'access-denied',
  'model-state',
  'control',
  'server-start',
  'server-stop',
  'segment-start',
  'segment-end',
  'recovery',
  'resumed',
  'retention',
] as const;

export function AuditPage() {
  return (
    <Page title={text.audit.title} lead={text.audit.lead}>
      <Gate permission="audit.read" source="audit">
        {() => <Audit />}
      </Gate>
    </Page>
  );
}

function Audit() {
  const [filter, setFilter] = useState({ kind: '', model: '' });
  const id = useId();
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget as HTMLFormElement);
    setFilter({ kind: String(form.get('kind') ?? ''), model: String(form.get('model') ?? '') });
  };
  return (
    <>
      <Verification />
      <form class="filters" onSubmit={submit}>
        <div class="field">
          <label for={`${id}-model`}>{text.audit.model}</label>
          <input id={`${id}-model`} name="model" type="search" placeholder={text.audit.modelHint} />
        </div>
        <div class="field">
          <label for={`${id}-kind`}>{text.audit.kind}</label>
          <select id={`${id}-kind`} name="kind">
            <option value="">{text.audit.anyKind}</option>
            {KINDS.map((kind) => (
              <option key={kind} value={kind}>
                {kind}
              </option>
            ))}
          </select>
        </div>
        <button type="submit">{text.audit.apply}</button>
      </form>
      <Records path={auditPath(filter)} />
    </>
  );
}

function Verification() {
  const [answer, setAnswer] = useState<AuditVerificationAnswer>();
  const [error, setError] = useState<ApiError>();
  const [isChecking, setIsChecking] = useState(false);
  const verify = async () => {
    setIsChecking(true);
    setAnswer(undefined);
    setError(undefined);
    try {
      const found = await getJson<AuditVerificationAnswer>('audit/verification');
      setAnswer(found);
      announce(found.valid ? text.audit.valid(found.checked) : text.audit.invalid(found.checked));
    } catch (failure) {
      if (!(failure instanceof ApiError)) throw failure;
      setError(failure);
    } finally {
      setIsChecking(false);
    }
  };
  return (
    <div class="verification">
      <button type="button" disabled={isChecking} onClick={() => void verify()}>
        {text.audit.verify}
      </button>
      {isChecking && <Loading what={text.audit.verifying} />}
      {error !== undefined && <ErrorNotice error={error} />}
      {answer?.valid === true && <Notice tone="good" icon="check" title={text.audit.valid(answer.checked)} />}
      {answer?.valid === false && (
        <Notice tone="bad" icon="warning" title={text.audit.invalid(answer.checked)}>
          {answer.problem !== undefined && <p>{text.audit.problem(answer.problem.seq, answer.problem.message)}</p>}
          <p>{text.audit.problemNext}</p>
        </Notice>
      )}
    </div>
  );
}

function Records({ path }: { readonly path: string }) {
  const { pages, error, isLoading, more, reload } = usePages<AuditAnswer>(path);
  const [first] = pages;
  if (first === undefined) return error === undefined ? <Loading /> : <ErrorNotice error={error} retry={reload} />;
  const records = pages.flatMap((page) => page.records);
  return (
    <>
      <p class="quiet" role="status">
        {text.audit.head(first.head.seq)} <code>{first.head.hash.slice(0, 16)}</code>
      </p>
      {records.length === 0 ? <Empty title={text.audit.nothing} /> : <RecordTable records={records} />}
      {error !== undefined && <ErrorNotice error={error} />}
      {more !== undefined && (
        <button type="button" disabled={isLoading} onClick={() => void more()}>
          {text.moreBelow}
        </button>
      )}
    </>
  );
}

function RecordTable({ records }: { readonly records: readonly AuditRecord[] }) {
  return (
    <ScrollArea label={text.audit.caption}>
      <table class="cards">
        <caption class="unseen">{text.audit.caption}</caption>
        <thead>
          <tr>
            <th scope="col" class="number">
              {text.audit.number}
            </th>
            <th scope="col">{text.audit.time}</th>
            <th scope="col">{text.audit.kind}</th>
            <th scope="col">{text.audit.model}</th>
            <th scope="col">{text.audit.caller}</th>
            <th scope="col">{text.audit.what}</th>
          </tr>
        </thead>
        <tbody>
          {records.map((record) => (
            <tr key={String(record.seq)}>
              <th scope="row" class="number">
                {formatWhole(Number(record.seq))}
              </th>
              <td data-label={text.audit.time} class="time">
                {formatTime(String(record.time))}
              </td>
              <td data-label={text.audit.kind}>{String(record.kind)}</td>
              <td data-label={text.audit.model}>
                {record.model === undefined ? '–' : `${record.model} ${record.version ?? ''}`}
              </td>
              <td data-label={text.audit.caller}>{recordCaller(record) || '–'}</td>
              <td data-label={text.audit.what}>
                <div>
                  {recordWords(record)}
                  <details>
                    <summary>{text.audit.details}</summary>
                    <dl class="fields">
                      {recordFields(record).map(([name, value]) => (
                        <div key={name}>
                          <dt>{name}</dt>
                          <dd>
                            <code>{value}</code>
                          </dd>
                        </div>
                      ))}
                    </dl>
                  </details>
                </div>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </ScrollArea>
  );
}
