import { useId, useState } from 'preact/hooks';
import type { ModelRow, SuspensionAnswer, SuspensionRequest } from '../../../src/api.js';
import { pathOf, postJson } from '../../api/api-client.js';
import { ApiError } from '../../api/api-error.js';
import { useObservable } from '../../api/observable.js';
import { isAllowed, sessionState } from '../../api/session.js';
import { announce } from '../../shell/announce.js';
import { Dialog } from '../../shell/dialog.js';
import { ErrorNotice } from '../../shell/notice.js';
import { text } from '../../text/text.js';

type Act = 'suspend' | 'resume';

/** Stops a version on every face, or lets it answer again: for who may, and with a reason. */
export function SuspensionActs({ model, done }: { readonly model: ModelRow; readonly done: () => void }) {
  const { session } = useObservable(sessionState);
  const [isAsking, setIsAsking] = useState(false);
  const act: Act = model.suspension === undefined && model.state !== 'SUSPENDED' ? 'suspend' : 'resume';
  if (!isAllowed(session, `models.${act}`)) return null;
  return (
    <>
      <button type="button" class={act === 'suspend' ? 'danger' : ''} onClick={() => setIsAsking(true)}>
        {text.suspension[act]}
      </button>
      {isAsking && <Confirmation act={act} model={model} close={() => setIsAsking(false)} done={done} />}
    </>
  );
}

function Confirmation({
  act,
  model,
  close,
  done,
}: {
  readonly act: Act;
  readonly model: ModelRow;
  readonly close: () => void;
  readonly done: () => void;
}) {
  const [error, setError] = useState<ApiError>();
  const [problem, setProblem] = useState('');
  const [isSending, setIsSending] = useState(false);
  const id = useId();
  const named = `${model.name} ${model.version}`;
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    const reason = String(new FormData(event.currentTarget as HTMLFormElement).get('reason') ?? '').trim();
    if (reason === '') {
      setProblem(text.suspension.reasonNeeded);
      document.getElementById(`${id}-reason`)?.focus();
      return;
    }
    setProblem('');
    setError(undefined);
    setIsSending(true);
    const request: SuspensionRequest = { version: model.version, reason };
    try {
      await postJson<SuspensionAnswer>(pathOf('models', model.name, act), request);
      announce(act === 'suspend' ? text.suspension.suspended(named) : text.suspension.resumed(named));
      close();
    } catch (failure) {
      if (!(failure instanceof ApiError)) throw failure;
      setError(failure);
      setIsSending(false);
    }
    // A call that failed may have been done all the same.
    done();
  };
  return (
    <Dialog
      title={act === 'suspend' ? text.suspension.suspendTitle(named) : text.suspension.resumeTitle(named)}
      close={close}
    >
      <form onSubmit={submit} noValidate>
        <p>{act === 'suspend' ? text.suspension.suspendExplain : text.suspension.resumeExplain}</p>
        {error !== undefined && <ErrorNotice error={error} />}
        <div class="field">
          <label for={`${id}-reason`}>{text.suspension.reason}</label>
          <input
            id={`${id}-reason`}
            name="reason"
            autocomplete="off"
            maxLength={500}
            required
            aria-invalid={problem !== ''}
            aria-describedby={`${id}-hint ${id}-problem`}
          />
          <p class="hint" id={`${id}-hint`}>
            {text.suspension.reasonHint}
          </p>
          <p class="problem" id={`${id}-problem`} role="alert">
            {problem}
          </p>
        </div>
        <div class="actions">
          <button type="submit" class={act === 'suspend' ? 'danger' : 'primary'} disabled={isSending}>
            {isSending ? text.suspension.working : text.suspension[act]}
          </button>
          <button type="button" onClick={close}>
            {text.cancel}
          </button>
        </div>
      </form>
    </Dialog>
  );
}
