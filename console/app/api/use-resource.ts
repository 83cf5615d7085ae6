import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import { accessKey } from './access-key.js';
import { getJson, isReachable } from './api-client.js';
import { ApiError } from './api-error.js';
import { everyWhileVisible } from './every-while-visible.js';

export interface Resource<Answer> {
  readonly data?: Answer;
  readonly error?: ApiError;
  readonly isLoading: boolean;
  reload(): void;
}

interface Loaded<Answer> {
  readonly path: string | undefined;
  readonly data?: Answer;
  readonly error?: ApiError;
}

/**
 * What a path of the API answers: again for another path or key, when the server is back, and every `pollMs` while the
 * page is seen. Data of one path is never given for another.
 *
 * @param path undefined asks nothing
 */
export function useResource<Answer>(path: string | undefined, pollMs?: number): Resource<Answer> {
  const [loaded, setLoaded] = useState<Loaded<Answer>>({ path: undefined });
  const [isLoading, setIsLoading] = useState(path !== undefined);
  const asking = useRef<AbortController | undefined>(undefined);

  const load = useCallback(async () => {
    asking.current?.abort();
    if (path === undefined) return;
    const mine = new AbortController();
    asking.current = mine;
    setIsLoading(true);
    try {
      const data = await getJson<Answer>(path, mine.signal);
      if (!mine.signal.aborted) setLoaded({ path, data });
    } catch (error) {
      if (mine.signal.aborted) return;
      if (!(error instanceof ApiError)) throw error;
      // A server that is away for a moment takes nothing from the screen; every other failure does.
      setLoaded((before) =>
        error.status === 0 && before.path === path && before.data !== undefined
          ? { path, data: before.data, error }
          : { path, error },
      );
    } finally {
      if (asking.current === mine) setIsLoading(false);
    }
  }, [path]);

  useEffect(() => {
    void load();
    const ends = [
      accessKey.subscribe(() => void load()),
      isReachable.subscribe((isThere) => {
        if (isThere) void load();
      }),
    ];
    if (pollMs !== undefined) ends.push(everyWhileVisible(pollMs, () => load()));
    return () => {
      for (const end of ends) end();
      asking.current?.abort();
    };
  }, [load, pollMs]);

  const isCurrent = loaded.path === path;
  return {
    ...(isCurrent && loaded.data !== undefined && { data: loaded.data }),
    ...(isCurrent && loaded.error !== undefined && { error: loaded.error }),
    isLoading: isLoading || !isCurrent,
    reload: () => void load(),
  };
}
