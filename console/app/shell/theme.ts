import { createObservable } from '../api/observable.js';

export const THEMES = ['auto', 'light', 'dark'] as const;
export type Theme = (typeof THEMES)[number];

const STORED_AS = 'deephealth.console.theme';

function stored(): Theme {
  const kept = localStorage.getItem(STORED_AS);
  return THEMES.find((theme) => theme === kept) ?? 'auto';
}

export const theme = createObservable<Theme>('auto');

function show(chosen: Theme): void {
  const { dataset } = document.documentElement;
  if (chosen === 'auto') delete dataset.theme;
  else dataset.theme = chosen;
}

/** Shows the colours that were chosen before. */
export function restoreTheme(): void {
  theme.set(stored());
  show(theme.get());
}

export function chooseTheme(chosen: Theme): void {
  localStorage.setItem(STORED_AS, chosen);
  theme.set(chosen);
  show(chosen);
}
