import type { Card, Coding, Outcome, Suggestion } from './cds-client.js';
import { isWebAddress } from './parse-markdown.js';
import { element, renderMarkdown, webLink } from './render-markdown.js';

export interface CardActions {
  accept(suggestion: Suggestion): Promise<string>;
  override(outcome: Outcome): Promise<string>;
}

const INDICATORS = { info: 'Information', warning: 'Warning', critical: 'Critical' };

/** A card as the clinician sees it. Colour is never the only sign: the indicator is also a word. */
export function renderCard(card: Card, actions: CardActions): HTMLElement {
  const status = element('p', { className: 'status', role: 'status' });
  const article = element(
    'article',
    { className: `card ${Object.hasOwn(INDICATORS, card.indicator) ? card.indicator : 'info'}` },
    element('p', { className: 'indicator' }, INDICATORS[card.indicator] ?? card.indicator),
    element('h3', {}, card.summary),
  );
  if (card.detail !== undefined) {
    const detail = element('div', { className: 'detail' });
    detail.append(renderMarkdown(card.detail));
    article.append(detail);
  }
  const links = (card.links ?? []).filter(({ type, url }) => type === 'absolute' && isWebAddress(url));
  if (links.length > 0)
    article.append(element('p', { className: 'links' }, ...links.map(({ label, url }) => webLink(label, url))));
  article.append(renderSource(card));

  /** Once something was done with the card, nothing more can be. */
  const once = (work: () => Promise<string>) => async () => {
    for (const control of article.querySelectorAll<HTMLButtonElement | HTMLSelectElement>('button, select')) {
      control.disabled = true;
    }
    try {
      status.textContent = await work();
    } catch (error) {
      status.textContent = `That did not work. ${error instanceof Error ? error.message : ''}`;
    }
  };
  const buttons = element('div', { className: 'buttons' });
  for (const suggestion of card.suggestions ?? []) {
    const button = element('button', { type: 'button', className: 'accept' }, suggestion.label);
    button.addEventListener(
      'click',
      once(() => actions.accept(suggestion)),
    );
    buttons.append(button);
  }
  const reasons = renderReasons(card.overrideReasons ?? []);
  if (reasons !== undefined) buttons.append(reasons);
  const dismiss = element('button', { type: 'button', className: 'dismiss' }, 'Dismiss');
  dismiss.addEventListener(
    'click',
    once(() => {
      const reason = card.overrideReasons?.[Number(reasons?.value ?? Number.NaN)];
      return actions.override({
        outcome: 'overridden',
        ...(reason === undefined ? {} : { overrideReason: { reason } }),
      });
    }),
  );
  buttons.append(dismiss);
  article.append(buttons, status);
  return article;
}

function renderSource({ source }: Card): HTMLElement {
  const { label, url } = source;
  const shown = url !== undefined && isWebAddress(url) ? webLink(label, url) : label;
  return element('p', { className: 'source' }, 'Source: ', shown);
}

function renderReasons(reasons: readonly Coding[]): HTMLSelectElement | undefined {
  if (reasons.length === 0) return undefined;
  const options = reasons.map(({ display, code }, index) =>
    element('option', { value: String(index) }, display ?? code),
  );
  const select = element('select', {}, element('option', { value: '' }, 'Reason for dismissing …'), ...options);
  select.setAttribute('aria-label', 'Reason for dismissing');
  return select;
}
