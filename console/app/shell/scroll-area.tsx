import type { ComponentChildren } from 'preact';

/** What may be wider than the window: it scrolls by itself, with the keyboard too. */
export function ScrollArea({ label, children }: { readonly label: string; readonly children: ComponentChildren }) {
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset groups fields; this is a group and no landmark
    // biome-ignore lint/a11y/noNoninteractiveTabindex: without it no key could scroll what lies beyond the edge
    <div class="scroll" role="group" aria-label={label} tabIndex={0}>
      {children}
    </div>
  );
}
