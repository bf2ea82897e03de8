import './query.css';
import { type ReactNode, useEffect, useMemo, useRef, useState } from 'react';
import { useSchema } from '../shared/columns.js';
import { focusMainField } from '../shared/main-field.js';
import { Tabs } from '../shared/tabs.js';
import { Editor } from './editor.js';
import { type Example, examplesFor } from './examples.js';
import { Explain } from './explain.js';
import { type Past, readHistory, remember } from './history.js';
import { HistoryList } from './history-list.js';
import { Results } from './results.js';
import type { Language } from './run-query.js';
import { useDrafts } from './use-drafts.js';
import { useQueryRun } from './use-query-run.js';

const NUMBER = /^(BIGINT|DOUBLE|FLOAT)$/;

/** Write a query, run it, look at what it gives. */
export default function QueryPage(): ReactNode {
  const schema = useSchema();
  const examples = useMemo((): readonly Example[] => {
    const [source, columns] = Object.entries(schema)[0] ?? [];
    if (source === undefined) return [];
    const first = (type: RegExp): string | undefined => columns?.find((column) => type.test(column.type))?.name;
    return examplesFor(source, first(/^VARCHAR$/), first(NUMBER));
  }, [schema]);
  const { language, text, setLanguage, setText, load } = useDrafts(examples);
  const { outcome, run, cancel } = useQueryRun();
  const [ran, setRan] = useState<{ readonly language: Language; readonly text: string }>({ language, text });
  const [explained, setExplained] = useState<string | undefined>(undefined);
  const [history, setHistory] = useState(readHistory);
  const [showsHistory, setShowsHistory] = useState(false);
  const runNow = (): void => {
    setRan({ language, text });
    setExplained(undefined);
    setHistory(remember({ language, text, atMs: Date.now() }));
    run(language, text);
  };
  const historyButton = useRef<HTMLButtonElement>(null);
  useEscape(() => {
    if (outcome.kind === 'running') cancel();
    else if (explained !== undefined) setExplained(undefined);
    else if (showsHistory) {
      setShowsHistory(false);
      historyButton.current?.focus();
    }
  });
  return (
    <div className="page">
      <div className="page-head">
        <h1>Query</h1>
        <Tabs label="Language" names={{ sql: 'SQL', native: 'Native' }} chosen={language} onChoose={setLanguage} />
        <ExampleChooser examples={examples} onChoose={load} />
        <button
          ref={historyButton}
          type="button"
          className="push-right"
          aria-pressed={showsHistory}
          onClick={() => setShowsHistory(!showsHistory)}
        >
          History
        </button>
      </div>
      <section className="panel editor-panel" aria-label="Query">
        <Editor language={language} text={text} schema={schema} onChange={setText} onRun={runNow} />
        <Actions
          running={outcome.kind === 'running'}
          onRun={runNow}
          onCancel={cancel}
          onExplain={language === 'sql' ? () => setExplained(text) : undefined}
        />
      </section>
      {showsHistory && <HistoryPanel history={history} onChoose={load} />}
      {explained === undefined ? (
        <Results outcome={outcome} ran={ran} />
      ) : (
        <Explain text={explained} onClose={() => setExplained(undefined)} />
      )}
    </div>
  );
}

interface HistoryPanelProps {
  readonly history: readonly Past[];
  readonly onChoose: (past: Past) => void;
}

/** What is chosen goes to the editor, and the focus with it. */
function HistoryPanel({ history, onChoose }: HistoryPanelProps): ReactNode {
  const choose = (past: Past): void => {
    onChoose(past);
    focusMainField();
  };
  return (
    <section className="panel">
      <HistoryList history={history} onChoose={choose} />
    </section>
  );
}

interface ActionsProps {
  readonly running: boolean;
  readonly onRun: () => void;
  readonly onCancel: () => void;
  readonly onExplain: (() => void) | undefined;
}

function Actions({ running, onRun, onCancel, onExplain }: ActionsProps): ReactNode {
  return (
    <div className="row">
      <button id="run" type="button" className="primary" onClick={onRun} aria-keyshortcuts="Control+Enter Meta+Enter">
        Run <kbd>Ctrl ↵</kbd>
      </button>
      <button type="button" disabled={!running} onClick={onCancel}>
        Cancel
      </button>
      {onExplain !== undefined && (
        <button type="button" onClick={onExplain}>
          Explain
        </button>
      )}
    </div>
  );
}

interface ExampleChooserProps {
  readonly examples: readonly Example[];
  readonly onChoose: (example: Example) => void;
}

function ExampleChooser({ examples, onChoose }: ExampleChooserProps): ReactNode {
  if (examples.length === 0) return null;
  return (
    <label className="field">
      Example
      <select
        id="examples"
        value=""
        onChange={(event) => {
          const example = examples.find(({ title }) => title === event.target.value);
          if (example !== undefined) onChoose(example);
        }}
      >
        <option value="">choose…</option>
        {examples.map(({ title }) => (
          <option key={title}>{title}</option>
        ))}
      </select>
    </label>
  );
}

function useEscape(action: () => void): void {
  const latest = useRef(action);
  latest.current = action;
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      // The editor has closed its list of completions, or a dialog closes itself.
      if (event.key === 'Escape' && !event.defaultPrevented && document.querySelector('dialog[open]') === null) {
        latest.current();
      }
    };
    window.addEventListener('keydown', onKey);
    return () => window.removeEventListener('keydown', onKey);
  }, []);
}
