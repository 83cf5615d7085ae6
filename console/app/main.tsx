import { render } from 'preact';
import { App } from './shell/app.js';
import { restoreTheme } from './shell/theme.js';

restoreTheme();
const place = document.getElementById('app');
if (place !== null) render(<App />, place);
