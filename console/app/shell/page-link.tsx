import { text } from '../text/text.js';
import { Icon } from './icon.js';
import { safeLink } from './safe-link.js';

/** A link to a page outside the console, in a tab of its own. */
export function PageLink({
  url,
  words,
  about,
}: {
  readonly url: string | undefined;
  readonly words: string;
  /** The same, understood without the row that it stands in. */
  readonly about: string;
}) {
  const address = safeLink(url, document.baseURI);
  if (address === undefined) return <span class="quiet">–</span>;
  return (
    <a
      class="page-link"
      href={address}
      target="_blank"
      rel="noopener noreferrer"
      aria-label={`${about} ${text.opensNewTab}`}
    >
      {words}
      <Icon name="external" />
    </a>
  );
}
