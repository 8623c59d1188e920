export type Theme = 'system' | 'light' | 'dark';

const key = 'theme';

/** The chosen theme; a page that may not store anything follows the system. */
export function storedTheme(): Theme {
  try {
    const stored = window.localStorage.getItem(key);
    return stored === 'light' || stored === 'dark' ? stored : 'system';
  } catch {
    return 'system';
  }
}

export function applyTheme(theme: Theme): void {
  const root = document.documentElement;
  if (theme === 'system') delete root.dataset.theme;
  else root.dataset.theme = theme;
  try {
    window.localStorage.setItem(key, theme);
  } catch {
    // Without storage the choice lasts until the page is reloaded.
  }
}
