import type { ComponentChildren } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { text } from '../text/text.js';

/** Whether a page was shown before this one: the first gets no focus that nobody moved. */
let hasNavigated = false;

/** A page: its heading takes the focus when somebody comes to it, and names the window. */
export function Page({
  title,
  lead,
  aside,
  children,
}: {
  readonly title: string;
  readonly lead?: ComponentChildren;
  readonly aside?: ComponentChildren;
  readonly children: ComponentChildren;
}) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    if (hasNavigated) {
      scrollTo(0, 0);
      heading.current?.focus({ preventScroll: true });
    }
    hasNavigated = true;
  }, []);
  useEffect(() => {
    document.title = text.titleOf(title);
  }, [title]);
  return (
    <div class="page">
      <div class="page-head">
        <div>
          <h1 ref={heading} tabIndex={-1}>
            {title}
          </h1>
          {lead !== undefined && <p class="lead">{lead}</p>}
        </div>
        {aside !== undefined && <div class="page-aside">{aside}</div>}
      </div>
      {children}
    </div>
  );
}
