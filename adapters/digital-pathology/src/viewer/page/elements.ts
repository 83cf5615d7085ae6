/** An element that the page has. */
export function element<T extends HTMLElement = HTMLElement>(id: string): T {
  const found = document.getElementById(id);
  if (found === null) throw new Error(`the page has no #${id}`);
  return found as T;
}

/** A new element with text, which is never read as HTML. */
export function made<K extends keyof HTMLElementTagNameMap>(
  name: K,
  text = '',
  ...children: readonly Node[]
): HTMLElementTagNameMap[K] {
  const created = document.createElement(name);
  if (text !== '') created.textContent = text;
  created.append(...children);
  return created;
}

export function contextOf(canvas: HTMLCanvasElement): CanvasRenderingContext2D {
  const context = canvas.getContext('2d');
  if (context === null) throw new Error('the browser draws no canvas');
  return context;
}
