import { useEffect, useRef, useState } from 'preact/hooks';
import { isReachable } from '../api/api-client.js';
import { everyWhileVisible } from '../api/every-while-visible.js';
import { useObservable } from '../api/observable.js';
import { followSession, isSignInNeeded, loadSession, sessionState } from '../api/session.js';
import { PageOf } from '../pages/page-of.js';
import { useRoute } from '../router/use-route.js';
import { text } from '../text/text.js';
import { Announcer, announce } from './announce.js';
import { Navigation } from './navigation.js';
import { Notice } from './notice.js';
import { SignIn } from './sign-in.js';
import { TopBar } from './top-bar.js';

const RETRY_MS = 3000;

/** Tells when the server is away and back, and looks whether it is. */
function Reachability() {
  const isThere = useObservable(isReachable);
  const wasAway = useRef(false);
  useEffect(() => {
    if (isThere) {
      if (wasAway.current) announce(text.server.back);
      wasAway.current = false;
      return undefined;
    }
    wasAway.current = true;
    return everyWhileVisible(RETRY_MS, loadSession);
  }, [isThere]);
  if (isThere) return null;
  return (
    <Notice tone="bad" icon="warning" title={text.server.away} isAlert>
      <p>{text.server.awayHint}</p>
    </Notice>
  );
}

export function App() {
  const route = useRoute();
  const state = useObservable(sessionState);
  const [isSigningIn, setIsSigningIn] = useState(false);
  const main = useRef<HTMLElement>(null);
  const isNeeded = isSignInNeeded(state);
  useEffect(followSession, []);
  // Asked once by itself; who closes it finds the button.
  useEffect(() => {
    if (isNeeded) setIsSigningIn(true);
  }, [isNeeded]);
  return (
    <>
      {/* biome-ignore lint/a11y/useValidAnchor: it leads to a place in the page, whose address has another use for fragments */}
      <a
        class="skip"
        href="#main"
        onClick={(event) => {
          // The fragment of the address says which page is shown.
          event.preventDefault();
          main.current?.focus();
        }}
      >
        {text.skipToContent}
      </a>
      <TopBar state={state} signIn={() => setIsSigningIn(true)} />
      <div class="columns">
        <Navigation route={route} session={state.session} />
        <main id="main" ref={main} tabIndex={-1}>
          <Reachability />
          <PageOf route={route} />
        </main>
      </div>
      <footer class="bottom">{text.researchOnly}</footer>
      <Announcer />
      {isSigningIn && <SignIn close={() => setIsSigningIn(false)} />}
    </>
  );
}
