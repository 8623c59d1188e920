import { render } from 'preact';

import { App } from './app.tsx';
import { restore } from './live/navigate.ts';
import { follow } from './live/sync.ts';
import { applyTheme, storedTheme } from './parts/theme.ts';

applyTheme(storedTheme());
const root = document.querySelector('#root');
if (root !== null) render(<App />, root);
void restore().then(follow);
