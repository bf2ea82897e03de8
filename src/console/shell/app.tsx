import { type ReactNode, Suspense, useEffect, useRef, useState } from 'react';
import { ErrorBoundary } from './error-boundary.js';
import { useRoute } from '../shared/route.js';
import { KeyHelp } from './key-help.js';
import { PAGES } from './pages.js';
import { Sidebar } from './sidebar.js';
import { useShortcuts } from './use-shortcuts.js';

/** Navigation at the side, the page beside it. */
export function App(): ReactNode {
  const { page: id } = useRoute();
  const [helps, setHelps] = useState(false);
  useShortcuts(() => setHelps((old) => !old));
  const page = PAGES.find((candidate) => candidate.id === id) ?? PAGES[0]!;
  useEffect(() => {
    document.title = `${page.title} · Millrace`;
  }, [page]);
  const shown = useRef(page);
  useEffect(() => {
    // What had the focus went with the page before: Tab goes on in the new one.
    if (shown.current !== page && document.activeElement === document.body) focusMain();
    shown.current = page;
  }, [page]);
  return (
    <div className="shell">
      <a className="skip" href="#main" onClick={toMain}>
        Skip to content
      </a>
      <Sidebar current={page.id} onHelp={() => setHelps(true)} />
      <main id="main" tabIndex={-1}>
        <ErrorBoundary key={page.id}>
          <Suspense fallback={<p className="faint">Loading…</p>}>
            <page.Component />
          </Suspense>
        </ErrorBoundary>
      </main>
      {helps && <KeyHelp onClose={() => setHelps(false)} />}
    </div>
  );
}

/** The hash is the router's, so the link moves the focus itself. */
function toMain(event: { preventDefault: () => void }): void {
  event.preventDefault();
  focusMain();
}

function focusMain(): void {
  document.getElementById('main')?.focus({ preventScroll: true });
}
