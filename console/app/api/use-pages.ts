import { useEffect, useRef, useState } from 'preact/hooks';
import { getJson } from './api-client.js';
import { ApiError } from './api-error.js';
import { useResource } from './use-resource.js';

/** An answer that is one page of many, newest first. */
export interface PageAnswer {
  /** `before` of the next page; absent on the last. */
  readonly next?: number;
}

export interface Pages<Answer> {
  readonly pages: readonly Answer[];
  readonly error?: ApiError;
  readonly isLoading: boolean;
  /** Loads the next page; absent where there is none. */
  readonly more?: () => Promise<void>;
  reload(): void;
}

/**
 * The pages of a list, one after the other.
 *
 * @param path of the list, with its filters
 */
export function usePages<Answer extends PageAnswer>(path: string): Pages<Answer> {
  const first = useResource<Answer>(path);
  const [older, setOlder] = useState<readonly Answer[]>([]);
  const [error, setError] = useState<ApiError>();
  const [isLoading, setIsLoading] = useState(false);
  const asking = useRef<AbortController | undefined>(undefined);
  const { data } = first;
  // Pages behind another first page belong to another list.
  useEffect(() => {
    setOlder([]);
    setError(undefined);
    return () => asking.current?.abort();
  }, [data]);
  const pages = data === undefined ? [] : [data, ...older];
  const next = pages.at(-1)?.next;
  const more = async () => {
    const mine = new AbortController();
    asking.current = mine;
    setIsLoading(true);
    setError(undefined);
    try {
      const page = await getJson<Answer>(`${path}${path.includes('?') ? '&' : '?'}before=${next}`, mine.signal);
      if (!mine.signal.aborted) setOlder((before) => [...before, page]);
    } catch (failure) {
      if (mine.signal.aborted) return;
      if (!(failure instanceof ApiError)) throw failure;
      setError(failure);
    } finally {
      setIsLoading(false);
    }
  };
  const failure = first.error ?? error;
  return {
    pages,
    isLoading: isLoading || first.isLoading,
    reload: first.reload,
    ...(failure !== undefined && { error: failure }),
    ...(next !== undefined && { more }),
  };
}
