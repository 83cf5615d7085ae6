import type { ComponentChildren } from 'preact';
import type { ApiError } from '../api/api-error.js';
import { messageOf, nextStepOf } from '../text/next-step.js';
import { text } from '../text/text.js';
import { Icon, type IconName } from './icon.js';

/** Something to read before all else. */
export function Notice({
  tone,
  icon,
  title,
  children,
  isAlert = false,
}: {
  readonly tone: 'warn' | 'bad' | 'quiet' | 'good';
  readonly icon: IconName;
  readonly title: string;
  readonly children?: ComponentChildren;
  /** Read out at once. */
  readonly isAlert?: boolean;
}) {
  return (
    <div class={`notice ${tone}`} {...(isAlert && { role: 'alert' })}>
      <Icon name={icon} />
      <div>
        <p class="notice-title">{title}</p>
        {children}
      </div>
    </div>
  );
}

/** A failure: what happened, its code, and what can be done. */
export function ErrorNotice({ error, retry }: { readonly error: ApiError; readonly retry?: () => void }) {
  return (
    <Notice tone="bad" icon="warning" title={text.error.title} isAlert>
      <p>{messageOf(error)}</p>
      <p>
        {nextStepOf(error)} <span class="code-label">{text.error.code}</span> <code>{error.code}</code>
      </p>
      {retry !== undefined && (
        <button type="button" onClick={retry}>
          {text.reload}
        </button>
      )}
    </Notice>
  );
}

/** There is nothing to show, and why. */
export function Empty({ title, hint }: { readonly title: string; readonly hint?: string }) {
  return (
    <div class="empty">
      <p class="empty-title">{title}</p>
      {hint !== undefined && <p>{hint}</p>}
    </div>
  );
}

export function Loading({ what = text.loading }: { readonly what?: string }) {
  return (
    <p class="loading" role="status">
      <span class="spinner" aria-hidden="true" />
      {what}
    </p>
  );
}
