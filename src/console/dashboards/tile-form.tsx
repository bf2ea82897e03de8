import { type ReactNode, useEffect, useRef, useState } from 'react';
import { Tabs } from '../shared/tabs.js';
import { TILE_KINDS, type Tile } from './tile.js';
import { TileView } from './tile-view.js';

interface TileFormProps {
  readonly tile: Tile;
  readonly onSave: (tile: Tile) => void;
  readonly onClose: () => void;
}

const PERIODS: readonly (readonly [number, string])[] = [
  [200, '5 times a second'],
  [500, 'twice a second'],
  [1000, 'every second'],
  [5000, 'every 5 seconds'],
  [60_000, 'every minute'],
];
const SPANS = { 1: 'Quarter', 2: 'Half', 3: 'Three quarters', 4: 'Whole' } as const;

/** What a tile asks and how it shows the answer, tried at once beside the form. */
export function TileForm({ tile, onSave, onClose }: TileFormProps): ReactNode {
  const dialog = useRef<HTMLDialogElement>(null);
  const [draft, setDraft] = useState(tile);
  const [tried, setTried] = useState(tile);
  const change = (part: Partial<Tile>): void => setDraft((old) => ({ ...old, ...part }));
  useEffect(() => dialog.current?.showModal(), []);
  const keep = (): void => {
    onSave(draft);
    dialog.current?.close();
  };
  return (
    <dialog ref={dialog} className="tile-form" aria-labelledby="tile-form-title" onClose={onClose}>
      <h2 id="tile-form-title">Tile</h2>
      <label className="field">
        Title
        <input
          value={draft.title}
          onChange={(event) => change({ title: event.target.value })}
          onKeyDown={(event) => {
            if (event.key === 'Enter') keep();
          }}
        />
      </label>
      <div className="row">
        <Tabs label="Shown as" names={TILE_KINDS} chosen={draft.kind} onChoose={(kind) => change({ kind })} />
        <Choice
          label="Width"
          options={Object.entries(SPANS)}
          value={draft.span}
          onChange={(span) => change({ span: Number(span) as Tile['span'] })}
        />
        <Choice
          label="Updated"
          options={PERIODS}
          value={draft.periodMs}
          onChange={(periodMs) => change({ periodMs: Number(periodMs) })}
        />
      </div>
      <label className="field sql">
        Statement that aggregates; CURRENT_TIMESTAMP moves on
        <textarea
          rows={6}
          spellCheck={false}
          value={draft.sql}
          onChange={(event) => change({ sql: event.target.value })}
          onKeyDown={(event) => {
            if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) setTried(draft);
          }}
        />
      </label>
      <TileView tile={{ ...draft, sql: tried.sql }} />
      <div className="row">
        <button type="button" onClick={() => setTried(draft)} aria-keyshortcuts="Control+Enter Meta+Enter">
          Try <kbd>Ctrl ↵</kbd>
        </button>
        <span className="push-right row">
          <button type="button" className="quiet" onClick={() => dialog.current?.close()}>
            Cancel
          </button>
          <button type="button" className="primary" onClick={keep}>
            Keep
          </button>
        </span>
      </div>
    </dialog>
  );
}

interface ChoiceProps {
  readonly label: string;
  readonly options: readonly (readonly [number | string, string])[];
  readonly value: number;
  readonly onChange: (value: string) => void;
}

function Choice({ label, options, value, onChange }: ChoiceProps): ReactNode {
  return (
    <label className="field">
      {label}
      <select value={value} onChange={(event) => onChange(event.target.value)}>
        {options.map(([key, title]) => (
          <option key={key} value={key}>
            {title}
          </option>
        ))}
      </select>
    </label>
  );
}
