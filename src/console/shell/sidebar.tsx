import type { ReactNode } from 'react';
import { arrowKeys } from '../shared/arrow-keys.js';
import { type ConnectionState, useConnection } from '../shared/live.js';
import { hashOf } from '../shared/route.js';
import { PAGES } from './pages.js';
import { ThemeSwitch } from './theme-switch.js';

const STATES: Readonly<Record<ConnectionState, string>> = {
  connecting: 'connecting',
  live: 'live',
  lost: 'connection lost, trying again',
  closed: 'closed',
};

/** Where one can go, whether the server is there, and the theme. */
export function Sidebar({ current, onHelp }: { readonly current: string; readonly onHelp: () => void }): ReactNode {
  const state = useConnection();
  return (
    <header className="sidebar">
      <a className="brand" href={hashOf('home')} aria-label="Millrace, home">
        <svg viewBox="0 0 16 16" aria-hidden="true">
          <circle cx="8" cy="8" r="8" />
          <path d="M3 9c2-3 4 3 6 0s3-1 4-1" />
        </svg>
        Millrace
      </a>
      <nav aria-label="Pages" onKeyDown={arrowKeys('a')}>
        {PAGES.map(({ id, title, key, icon }) => (
          <a
            key={id}
            href={hashOf(id)}
            aria-current={id === current ? 'page' : undefined}
            title={`${title} (g ${key})`}
          >
            <svg viewBox="0 0 16 16" aria-hidden="true">
              <path d={icon} />
            </svg>
            {title}
          </a>
        ))}
      </nav>
      <div className="foot">
        <p id="connection" role="status" data-state={state}>
          {STATES[state]}
        </p>
        <ThemeSwitch />
        <button type="button" className="quiet" onClick={onHelp} aria-label="Keyboard shortcuts" title="Keys (?)">
          ?
        </button>
      </div>
    </header>
  );
}
