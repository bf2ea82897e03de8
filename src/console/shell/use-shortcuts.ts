import { useEffect, useRef } from 'react';
import { focusMainField } from '../shared/main-field.js';
import { navigate } from '../shared/route.js';
import { PAGES } from './pages.js';

/** How long `g` waits for the key of a page. */
const CHORD_MS = 1500;

/** `g` and a page's key open it, `/` goes to the page's main field, `?` lists the keys. */
export function useShortcuts(onHelp: () => void): void {
  const help = useRef(onHelp);
  help.current = onHelp;
  useEffect(() => {
    let chordUntilMs = 0;
    const onKey = (event: KeyboardEvent): void => {
      if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
      const page = PAGES.find((candidate) => candidate.key === event.key);
      if (performance.now() < chordUntilMs && page !== undefined) navigate(page.id);
      else if (event.key === '?') help.current();
      else if (event.key === '/') focusMainField();
      else if (event.key === 'g') {
        chordUntilMs = performance.now() + CHORD_MS;
        return;
      } else return;
      chordUntilMs = 0;
      event.preventDefault();
    };
    window.addEventListener('keydown', onKey);
    return () => window.removeEventListener('keydown', onKey);
  }, []);
}

function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName))
  );
}
