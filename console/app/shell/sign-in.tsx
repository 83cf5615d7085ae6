import { useId, useState } from 'preact/hooks';
import { accessKey } from '../api/access-key.js';
import { ApiError } from '../api/api-error.js';
import { probeKey } from '../api/probe-key.js';
import { messageOf } from '../text/next-step.js';
import { text } from '../text/text.js';
import { announce } from './announce.js';
import { Dialog } from './dialog.js';

/** Asks for a key, and takes it only once the server has. */
export function SignIn({ close }: { readonly close: () => void }) {
  const [problem, setProblem] = useState('');
  const [isChecking, setIsChecking] = useState(false);
  const id = useId();

  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    const key = String(new FormData(event.currentTarget as HTMLFormElement).get('key') ?? '').trim();
    if (key === '') return;
    setIsChecking(true);
    setProblem('');
    try {
      const { subject, roles } = await probeKey(key);
      accessKey.use(key);
      announce(text.session.caller(subject, roles));
      close();
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      setProblem(error.status === 401 ? text.session.refused : messageOf(error));
      setIsChecking(false);
    }
  };

  return (
    <Dialog title={text.session.title} close={close}>
      <form onSubmit={submit}>
        <p>{text.session.explain}</p>
        <div class="field">
          <label for={`${id}-key`}>{text.session.key}</label>
          <input
            id={`${id}-key`}
            name="key"
            type="password"
            autocomplete="off"
            spellcheck={false}
            required
            aria-describedby={`${id}-kept ${id}-problem`}
            aria-invalid={problem !== ''}
          />
          <p class="hint" id={`${id}-kept`}>
            {text.session.kept}
          </p>
          <p class="problem" id={`${id}-problem`} role="alert">
            {problem}
          </p>
        </div>
        <div class="actions">
          <button type="submit" class="primary" disabled={isChecking}>
            {isChecking ? text.session.checking : text.session.signIn}
          </button>
          <button type="button" onClick={close}>
            {text.cancel}
          </button>
        </div>
      </form>
    </Dialog>
  );
}
