import { useEffect, useState } from 'preact/hooks';
import type { ConsolePermission, SessionAnswer, SourceName } from '../../src/api.js';
import { isAllowed } from '../api/session.js';
import { hrefOf, type Route, type SectionPage } from '../router/route.js';
import { text } from '../text/text.js';
import { Icon } from './icon.js';

type Entry = 'models' | SectionPage;

const GROUPS: readonly { readonly title: string; readonly entries: readonly Entry[] }[] = [
  { title: text.navigation.groupServe, entries: ['models', 'live', 'production'] },
  { title: text.navigation.groupWatch, entries: ['audit', 'feedback', 'reports'] },
  { title: text.navigation.groupPlatforms, entries: ['rules', 'slides', 'jobs'] },
];

const SOURCE_OF: Partial<Record<Entry, SourceName>> = {
  live: 'metrics',
  production: 'ttmip',
  audit: 'audit',
  feedback: 'feedback',
  reports: 'reports',
  rules: 'rules',
  slides: 'slides',
  jobs: 'jobs',
};

/** Asked for by pages that not every caller may see. */
const PERMISSION_OF: Partial<Record<Entry, ConsolePermission>> = {
  live: 'metrics.read',
  audit: 'audit.read',
  feedback: 'feedback.read',
};

function isThere(page: Entry, session: SessionAnswer | undefined): boolean {
  const [source, permission] = [SOURCE_OF[page], PERMISSION_OF[page]];
  if (session === undefined) return true;
  const isAvailable = source === undefined || session.sources[source].available;
  return isAvailable && (permission === undefined || isAllowed(session, permission));
}

/** The way to every page; one that has nothing for this caller is paler. On narrow windows it lies behind a button. */
export function Navigation({ route, session }: { readonly route: Route; readonly session: SessionAnswer | undefined }) {
  const [isOpen, setIsOpen] = useState(false);
  useEffect(() => setIsOpen(false), [route]);
  const here: string = route.page === 'model' || route.page === 'try' ? 'models' : route.page;
  return (
    <nav class="navigation" aria-label={text.navigation.label}>
      <button
        type="button"
        class="menu-button"
        aria-expanded={isOpen}
        aria-controls="navigation-list"
        onClick={() => setIsOpen(!isOpen)}
      >
        <Icon name="menu" />
        {text.navigation.menu}
      </button>
      <div id="navigation-list" class={isOpen ? 'open' : ''}>
        {GROUPS.map(({ title, entries }) => (
          <div key={title}>
            <p class="group">{title}</p>
            <ul>
              {entries.map((page) => {
                return (
                  <li key={page}>
                    <a
                      href={hrefOf({ page } as Route)}
                      class={isThere(page, session) ? '' : 'absent'}
                      {...(here === page && { 'aria-current': 'page' as const })}
                    >
                      <Icon name={page} />
                      {text.navigation[page]}
                    </a>
                  </li>
                );
              })}
            </ul>
          </div>
        ))}
      </div>
    </nav>
  );
}
