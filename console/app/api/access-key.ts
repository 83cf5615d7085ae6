import { createObservable } from './observable.js';

const STORED_AS = 'deephealth.console.key';

const current = createObservable(globalThis.sessionStorage?.getItem(STORED_AS) ?? '');

/** The key or token that was typed; it ends with the tab, and is in no address and no cookie. */
export const accessKey = {
  get: current.get,
  subscribe: current.subscribe,
  use(key: string): void {
    sessionStorage.setItem(STORED_AS, key);
    current.set(key);
  },
  forget(): void {
    sessionStorage.removeItem(STORED_AS);
    current.set('');
  },
};
