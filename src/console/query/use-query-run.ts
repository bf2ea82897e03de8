import { useCallback, useEffect, useRef, useState } from 'react';
import type { Outcome } from './outcome.js';
import { cancelQuery, type Language, runQuery } from './run-query.js';

interface QueryRun {
  readonly outcome: Outcome;
  readonly run: (language: Language, text: string) => void;
  readonly cancel: () => void;
}

/** One query at a time: the next one replaces it. */
export function useQueryRun(): QueryRun {
  const [outcome, setOutcome] = useState<Outcome>({ kind: 'none' });
  const current = useRef<(() => void) | undefined>(undefined);
  const cancel = useCallback(() => {
    current.current?.();
    current.current = undefined;
  }, []);
  const run = useCallback(
    (language: Language, text: string) => {
      cancel();
      const controller = new AbortController();
      const queryId = crypto.randomUUID?.() ?? `console-${Date.now()}-${Math.random()}`;
      const tell = (next: Outcome): void => {
        if (!controller.signal.aborted) setOutcome(next);
      };
      tell({ kind: 'running', sinceMs: performance.now() });
      current.current = () => {
        tell({ kind: 'canceled' });
        controller.abort();
        cancelQuery(language, queryId);
      };
      runQuery({ language, text, queryId, signal: controller.signal })
        .then((answer) => tell({ kind: 'answer', answer }))
        .catch((error: Error) => tell({ kind: 'error', message: error.message }))
        .finally(() => {
          if (!controller.signal.aborted) current.current = undefined;
        });
    },
    [cancel],
  );
  useEffect(() => cancel, [cancel]);
  return { outcome, run, cancel };
}
