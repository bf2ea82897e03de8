import { useCallback, useEffect, useState } from 'react';
import { useRoute } from '../shared/route.js';
import type { Example } from './examples.js';
import type { Language } from './run-query.js';

const KEY = 'millrace.drafts';

interface Stored {
  readonly language: Language;
  readonly sql: string;
  readonly native: string;
}

interface Drafts {
  readonly language: Language;
  readonly text: string;
  readonly setLanguage: (language: Language) => void;
  readonly setText: (text: string) => void;
  readonly load: (query: { readonly language: Language; readonly text: string }) => void;
}

/** A text for each language, kept in the browser; the first example where there is none, or what the address brings as `sql`. */
export function useDrafts(examples: readonly Example[]): Drafts {
  const brought = useRoute().params.get('sql');
  const [stored, setStored] = useState(() => {
    const kept = read();
    return brought === null ? kept : { ...kept, language: 'sql' as const, sql: brought };
  });
  useEffect(() => localStorage.setItem(KEY, JSON.stringify(stored)), [stored]);
  useEffect(() => {
    setStored((old) => {
      const filled = { ...old };
      for (const language of ['sql', 'native'] as const) {
        if (old[language] === '')
          filled[language] = examples.find((example) => example.language === language)?.text ?? '';
      }
      return filled;
    });
  }, [examples]);
  const setText = useCallback((text: string) => setStored((old) => ({ ...old, [old.language]: text })), []);
  const setLanguage = useCallback((language: Language) => setStored((old) => ({ ...old, language })), []);
  const load = useCallback(
    (query: { readonly language: Language; readonly text: string }) =>
      setStored((old) => ({ ...old, language: query.language, [query.language]: query.text })),
    [],
  );
  return { language: stored.language, text: stored[stored.language], setLanguage, setText, load };
}

function read(): Stored {
  try {
    const { language, sql, native } = JSON.parse(localStorage.getItem(KEY) ?? '{}') as Partial<Stored>;
    return { language: language === 'native' ? 'native' : 'sql', sql: sql ?? '', native: native ?? '' };
  } catch {
    return { language: 'sql', sql: '', native: '' };
  }
}
