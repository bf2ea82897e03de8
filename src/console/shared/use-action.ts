import { useCallback, useState } from 'react';

interface Action {
  readonly busy: boolean;
  readonly error: Error | undefined;
  /** Runs what the reader asked for; what fails is in `error` until the next try. */
  readonly run: (action: () => Promise<unknown>) => void;
}

/** Something that the reader asks the server to do. */
export function useAction(after?: () => void): Action {
  const [state, setState] = useState<{ readonly busy: boolean; readonly error: Error | undefined }>({
    busy: false,
    error: undefined,
  });
  const run = useCallback(
    (action: () => Promise<unknown>) => {
      setState({ busy: true, error: undefined });
      action()
        .then(() => setState({ busy: false, error: undefined }))
        .catch((error: Error) => setState({ busy: false, error }))
        .finally(after);
    },
    [after],
  );
  return { ...state, run };
}
