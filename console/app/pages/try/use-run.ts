import { useEffect, useRef, useState } from 'preact/hooks';
import type { Prediction } from '../../../src/api.js';
import { pathOf, postBody, type RequestBody } from '../../api/api-client.js';
import { ApiError } from '../../api/api-error.js';

/** What was run: the request's body, and what it is called beside its result. */
export interface RunInput {
  readonly title: string;
  /** Of the request, with its question mark. */
  readonly query: string;
  body(signal: AbortSignal): Promise<RequestBody>;
}

export type RunState =
  | { readonly status: 'waiting' | 'changed' | 'stopped' }
  | { readonly status: 'running' }
  | { readonly status: 'failed'; readonly error: ApiError; readonly title: string }
  | { readonly status: 'done'; readonly prediction: Prediction; readonly title: string };

export interface Run {
  readonly state: RunState;
  start(input: RunInput): Promise<RunState | undefined>;
  stop(): void;
  /** The input is another one now: what is shown or still computed is not about it. */
  forget(): void;
}

/** Runs a version of a model on one input at a time. A result is shown with the input that it belongs to, or not at all. */
export function useRun(name: string, version: string): Run {
  const [state, setState] = useState<RunState>({ status: 'waiting' });
  const asking = useRef<AbortController | undefined>(undefined);
  useEffect(() => () => asking.current?.abort(), []);

  const leave = (status: 'changed' | 'stopped') => {
    asking.current?.abort();
    asking.current = undefined;
    setState((before) => (before.status === 'waiting' ? before : { status }));
  };
  return {
    state,
    async start(input) {
      asking.current?.abort();
      const mine = new AbortController();
      asking.current = mine;
      setState({ status: 'running' });
      let end: RunState;
      try {
        const body = await input.body(mine.signal);
        const path = pathOf('models', name, version, 'predict') + input.query;
        const prediction = await postBody<Prediction>(path, body, mine.signal);
        end = { status: 'done', prediction, title: input.title };
      } catch (error) {
        if (mine.signal.aborted) return undefined;
        if (!(error instanceof ApiError)) throw error;
        end = { status: 'failed', error, title: input.title };
      }
      if (asking.current !== mine) return undefined;
      setState(end);
      return end;
    },
    stop: () => leave('stopped'),
    forget: () => leave('changed'),
  };
}
