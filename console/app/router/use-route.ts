import { useEffect, useMemo, useState } from 'preact/hooks';
import { parseRoute, type Route } from './route.js';

/** The route of the address, whoever changes it. */
export function useRoute(): Route {
  const [hash, setHash] = useState(location.hash);
  useEffect(() => {
    const changed = () => setHash(location.hash);
    changed();
    addEventListener('hashchange', changed);
    return () => removeEventListener('hashchange', changed);
  }, []);
  return useMemo(() => parseRoute(hash), [hash]);
}
