import { useCallback, useEffect, useRef, useState } from 'react';

export interface Polled<T> {
  readonly data: T | undefined;
  /** The last attempt failed; `data` is the newest before it. */
  readonly error: Error | undefined;
  readonly refresh: () => void;
}

/** What `load` gives, again every `periodMs` while the page is visible, and anew when `key` changes. */
export function usePolled<T>(load: (signal: AbortSignal) => Promise<T>, periodMs: number, key = ''): Polled<T> {
  const [state, setState] = useState<{ readonly key: string; readonly data?: T; readonly error?: Error }>({ key });
  const latest = useRef(load);
  latest.current = load;
  const [round, setRound] = useState(0);
  useEffect(() => {
    const controller = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const step = async (): Promise<void> => {
      if (!document.hidden) {
        try {
          const data = await latest.current(controller.signal);
          if (!controller.signal.aborted) setState({ key, data });
        } catch (error) {
          if (!controller.signal.aborted) {
            setState((old) => ({ ...(old.key === key ? old : { key }), error: error as Error }));
          }
        }
      }
      if (!controller.signal.aborted) timer = setTimeout(() => void step(), periodMs);
    };
    void step();
    return () => {
      controller.abort();
      clearTimeout(timer);
    };
  }, [periodMs, key, round]);
  const refresh = useCallback(() => setRound((old) => old + 1), []);
  const current = state.key === key ? state : { key };
  return { data: current.data, error: current.error, refresh };
}
