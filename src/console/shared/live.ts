import { useEffect, useState, useSyncExternalStore } from 'react';
import {
  type ConnectionState,
  type LiveAnswer,
  LiveClient,
  type LiveObserver,
  type LiveQuery,
} from '../../client/live-client.js';

export type { ConnectionState, LiveQuery };

const listeners = new Set<() => void>();
let state: ConnectionState = 'connecting';
/** One connection for the whole console. */
const client = new LiveClient(location.origin, {
  longestRetryMs: 2000,
  onState: (now) => {
    state = now;
    for (const listener of listeners) listener();
  },
});

export interface Watched<Row> {
  readonly answer: LiveAnswer<Row> | undefined;
  readonly problem: string | undefined;
}

/** The answer of a live query, as it changes; undefined = nothing to watch. */
export function useLive<Row>(query: LiveQuery | undefined): Watched<Row> {
  const key = query === undefined ? undefined : JSON.stringify(query);
  const [watched, setWatched] = useState<Watched<Row>>({ answer: undefined, problem: undefined });
  useEffect(() => {
    setWatched({ answer: undefined, problem: undefined });
    if (key === undefined) return;
    return subscribe<Row>(JSON.parse(key) as LiveQuery, {
      onAnswer: (answer) => setWatched({ answer, problem: undefined }),
      onProblem: ({ error, errorMessage }) => setWatched((old) => ({ ...old, problem: errorMessage ?? error })),
    });
  }, [key]);
  return watched;
}

/** Begins to watch. @returns what ends it */
export function subscribe<Row>(query: LiveQuery, observer: LiveObserver<Row>): () => void {
  return client.subscribe<Row>(query, observer);
}

export function useConnection(): ConnectionState {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => state,
  );
}
