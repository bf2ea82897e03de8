/** Entry of the console: styles, then the shell, which loads a page when it is opened. */
import './shared/tokens.css';
import './shared/base.css';
import './shared/controls.css';
import './shell/shell.css';
import { createRoot } from 'react-dom/client';
import { applyTheme } from './shared/theme.js';
import { App } from './shell/app.js';

applyTheme();
createRoot(document.getElementById('app')!).render(<App />);
