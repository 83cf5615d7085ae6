/**
 * Does something again and again, each time so long after the last has ended, and not while nobody sees the page; at
 * once when it is seen again. Gives what ends it.
 */
export function everyWhileVisible(
  intervalMs: number,
  act: () => Promise<void> | void,
  page: Pick<Document, 'visibilityState' | 'addEventListener' | 'removeEventListener'> = document,
): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let isEnded = false;
  let isActing = false;
  const plan = () => {
    clearTimeout(timer);
    if (!isEnded && !isActing && page.visibilityState === 'visible') timer = setTimeout(run, intervalMs);
  };
  const run = async () => {
    isActing = true;
    try {
      await act();
    } finally {
      isActing = false;
      plan();
    }
  };
  const changed = () => {
    if (page.visibilityState !== 'visible') clearTimeout(timer);
    else if (!isActing) void run();
  };
  page.addEventListener('visibilitychange', changed);
  plan();
  return () => {
    isEnded = true;
    clearTimeout(timer);
    page.removeEventListener('visibilitychange', changed);
  };
}
