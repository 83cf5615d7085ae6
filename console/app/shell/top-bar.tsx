import { useId } from 'preact/hooks';
import { accessKey } from '../api/access-key.js';
import { useObservable } from '../api/observable.js';
import type { SessionState } from '../api/session.js';
import { text } from '../text/text.js';
import { Icon } from './icon.js';
import { chooseTheme, THEMES, type Theme, theme } from './theme.js';

function ThemeSwitch() {
  const chosen = useObservable(theme);
  const id = useId();
  return (
    <div class="theme">
      <label for={id}>{text.theme.label}</label>
      <select id={id} value={chosen} onChange={(event) => chooseTheme(event.currentTarget.value as Theme)}>
        {THEMES.map((one) => (
          <option key={one} value={one}>
            {text.theme[one]}
          </option>
        ))}
      </select>
    </div>
  );
}

function Caller({ state, signIn }: { readonly state: SessionState; readonly signIn: () => void }) {
  const { session, error } = state;
  if (session === undefined && error?.status !== 401) return null;
  if (session !== undefined && !session.accessControl)
    return (
      <span class="caller" title={text.session.openHint}>
        {text.session.open}
      </span>
    );
  const caller = session?.caller;
  if (caller === undefined)
    return (
      <button type="button" onClick={signIn}>
        {text.session.signIn}
      </button>
    );
  return (
    <>
      <span class="caller">
        <Icon name="person" />
        {text.session.caller(caller.subject, caller.roles)}
      </span>
      <button type="button" onClick={() => accessKey.forget()}>
        {text.session.signOut}
      </button>
    </>
  );
}

export function TopBar({ state, signIn }: { readonly state: SessionState; readonly signIn: () => void }) {
  const server = state.session?.server;
  return (
    <header class="top-bar">
      <a class="brand" href="#/models">
        <svg viewBox="0 0 32 32" width="28" height="28" aria-hidden="true" focusable="false">
          <rect width="32" height="32" rx="7" />
          <path d="M4 17h6l3-8 5 15 4-10 2 3h4" />
        </svg>
        <span>
          <strong>{text.product}</strong> {text.console}
        </span>
      </a>
      {server !== undefined && (
        <span class="server">
          {text.server.version(server.name, server.version)}
          <span class="contract">{text.server.contract(server.contractVersions)}</span>
        </span>
      )}
      <span class="spacer" />
      <ThemeSwitch />
      <Caller state={state} signIn={signIn} />
    </header>
  );
}
