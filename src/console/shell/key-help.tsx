import { type ReactNode, useEffect, useRef } from 'react';
import { PAGES } from './pages.js';

const KEYS: readonly (readonly [string, string])[] = [
  ...PAGES.map(({ key, title }) => [`g ${key}`, `Open ${title}`] as const),
  ['Ctrl ↵ or ⌘ ↵', 'Run the query'],
  ['Ctrl Space', 'Complete a word of the query'],
  ['Esc', 'Cancel what runs, close what is open'],
  ['↑ ↓ ← →', 'Move in lists, tabs and plans'],
  ['/', 'Go to the main field of the page'],
  ['?', 'This list'],
];

/** Every key and what it does. */
export function KeyHelp({ onClose }: { readonly onClose: () => void }): ReactNode {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => dialog.current?.showModal(), []);
  return (
    <dialog ref={dialog} className="key-help" aria-labelledby="key-help-title" onClose={onClose}>
      <div className="panel-head">
        <h2 id="key-help-title">Keys</h2>
        <button type="button" className="quiet push-right" onClick={() => dialog.current?.close()}>
          Close
        </button>
      </div>
      <dl>
        {KEYS.map(([key, what]) => (
          <div key={key}>
            <dt>
              <kbd>{key}</kbd>
            </dt>
            <dd>{what}</dd>
          </div>
        ))}
      </dl>
    </dialog>
  );
}
