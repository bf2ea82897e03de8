import { acceptCompletion, closeBrackets, closeCompletion } from '@codemirror/autocomplete';
import { indentLess, indentMore } from '@codemirror/commands';
import { json } from '@codemirror/lang-json';
import { sql, StandardSQL } from '@codemirror/lang-sql';
import { HighlightStyle, syntaxHighlighting } from '@codemirror/language';
import { Compartment, EditorState, Prec } from '@codemirror/state';
import { keymap } from '@codemirror/view';
import { tags } from '@lezer/highlight';
import { basicSetup, EditorView } from 'codemirror';
import { type ReactNode, useEffect, useRef } from 'react';
import type { Column } from '../shared/column.js';
import type { Language } from './run-query.js';

interface EditorProps {
  readonly language: Language;
  readonly text: string;
  readonly schema: Readonly<Record<string, readonly Column[]>>;
  readonly onChange: (text: string) => void;
  readonly onRun: () => void;
}

const COLOURS = HighlightStyle.define([
  { tag: tags.keyword, color: 'var(--series-4)' },
  { tag: [tags.string, tags.special(tags.string)], color: 'var(--good)' },
  { tag: [tags.number, tags.bool, tags.null], color: 'var(--series-3)' },
  { tag: [tags.propertyName, tags.typeName, tags.standard(tags.name)], color: 'var(--series-2)' },
  { tag: tags.comment, color: 'var(--faint)', fontStyle: 'italic' },
]);

/** Takes the completion that is offered, or indents what is selected; otherwise the focus goes on, as from any field. */
function onTab(target: EditorView): boolean {
  return acceptCompletion(target) || (hasSelection(target) && indentMore(target));
}

function hasSelection({ state }: EditorView): boolean {
  return state.selection.ranges.some(({ empty }) => !empty);
}

/** Text with colours and completion: of SQL's words, tables and columns. Ctrl or ⌘ and Enter run it. */
export function Editor({ language, text, schema, onChange, onRun }: EditorProps): ReactNode {
  const holder = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView | undefined>(undefined);
  const mode = useRef(new Compartment());
  const handlers = useRef({ onChange, onRun });
  handlers.current = { onChange, onRun };
  useEffect(() => {
    const runNow = (): boolean => {
      closeCompletion(made);
      handlers.current.onRun();
      return true;
    };
    const made = new EditorView({
      parent: holder.current!,
      state: EditorState.create({
        doc: text,
        extensions: [
          Prec.highest(keymap.of([{ key: 'Mod-Enter', run: runNow }])),
          basicSetup,
          closeBrackets(),
          keymap.of([{ key: 'Tab', run: onTab, shift: (target) => hasSelection(target) && indentLess(target) }]),
          EditorView.lineWrapping,
          syntaxHighlighting(COLOURS),
          EditorView.contentAttributes.of({ 'aria-label': 'Query', spellcheck: 'false' }),
          EditorView.updateListener.of((update) => {
            if (update.docChanged) handlers.current.onChange(update.state.doc.toString());
          }),
          mode.current.of([]),
        ],
      }),
    });
    view.current = made;
    return () => made.destroy();
    // The text is given once; later ones come by the effect below.
  }, []);
  useEffect(() => {
    const tables = Object.entries(schema).map(
      ([name, columns]) => [name, columns.map((column) => column.name)] as const,
    );
    const support =
      language === 'native'
        ? json()
        : sql({ dialect: StandardSQL, upperCaseKeywords: true, schema: Object.fromEntries(tables) });
    view.current?.dispatch({ effects: mode.current.reconfigure(support) });
  }, [language, schema]);
  useEffect(() => {
    const shown = view.current;
    if (shown === undefined || shown.state.doc.toString() === text) return;
    shown.dispatch({ changes: { from: 0, to: shown.state.doc.length, insert: text } });
  }, [text]);
  return <div ref={holder} className="editor" data-main-field />;
}
