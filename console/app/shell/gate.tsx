import type { ComponentChildren } from 'preact';
import type { ConsolePermission, SourceName } from '../../src/api.js';
import { useObservable } from '../api/observable.js';
import { isAllowed, isSignInNeeded, sessionState } from '../api/session.js';
import { text } from '../text/text.js';
import { ErrorNotice, Loading, Notice } from './notice.js';

/** Shows what is behind it only to who may see it, where it is there; else says why not. */
export function Gate({
  permission,
  source,
  children,
}: {
  readonly permission: ConsolePermission;
  readonly source?: SourceName;
  readonly children: () => ComponentChildren;
}) {
  const state = useObservable(sessionState);
  const { session, error } = state;
  if (isSignInNeeded(state)) return <Notice tone="quiet" icon="person" title={text.session.needed} />;
  if (session === undefined) return error === undefined ? <Loading /> : <ErrorNotice error={error} />;
  if (!isAllowed(session, permission))
    return (
      <Notice tone="quiet" icon="barrier" title={text.session.missing(permission)}>
        <p>{text.session.missingNext}</p>
      </Notice>
    );
  const status = source === undefined ? undefined : session.sources[source];
  if (source !== undefined && status !== undefined && !status.available)
    return (
      <Notice tone="quiet" icon="dash" title={text.source.title(source)}>
        <p>{status.reason ?? text.source.noReason}</p>
      </Notice>
    );
  return <>{children()}</>;
}
