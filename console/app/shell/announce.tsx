import { createObservable, useObservable } from '../api/observable.js';

const said = createObservable({ words: '', turn: 0 });

/** Says something to people who do not see the page change. */
export function announce(words: string): void {
  said.set({ words, turn: said.get().turn + 1 });
}

/** Where announcements are made; the page has one, from the start. */
export function Announcer() {
  const { words, turn } = useObservable(said);
  // The same words twice are said twice.
  return (
    <div class="unseen" role="status" aria-live="polite">
      {words === '' ? '' : `${words}${turn % 2 === 0 ? '' : '\u00a0'}`}
    </div>
  );
}
