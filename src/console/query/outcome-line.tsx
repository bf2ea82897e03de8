import { type ReactNode, useEffect, useState } from 'react';
import { formatMs, formatNumber } from '../shared/format.js';
import type { Outcome } from './outcome.js';
import { MOST_ROWS } from './run-query.js';

const TICK_MS = 100;

/** One line on how the query went. */
export function OutcomeLine({ outcome }: { readonly outcome: Outcome }): ReactNode {
  return (
    <p id="outcome" className="small faint" role="status" data-kind={outcome.kind}>
      {lineOf(outcome)}
    </p>
  );
}

function lineOf(outcome: Outcome): ReactNode {
  switch (outcome.kind) {
    case 'none':
      return 'Not run yet';
    case 'running':
      return <Running sinceMs={outcome.sinceMs} />;
    case 'canceled':
      return 'Canceled: the server was told to stop.';
    case 'error':
      return 'Failed';
    case 'answer': {
      const { rows, tookMs, eventsRead, cut } = outcome.answer;
      const count = `${formatNumber(rows.length)} ${rows.length === 1 ? 'row' : 'rows'} in ${formatMs(tookMs)}`;
      const exact = eventsRead === undefined ? '' : ` · exact at ${formatNumber(eventsRead)} events read`;
      return `${count}${exact}${cut ? ` · the first ${formatNumber(MOST_ROWS)}; a download has all` : ''}`;
    }
  }
}

function Running({ sinceMs }: { readonly sinceMs: number }): ReactNode {
  const [nowMs, setNowMs] = useState(sinceMs);
  useEffect(() => {
    const timer = setInterval(() => setNowMs(performance.now()), TICK_MS);
    return () => clearInterval(timer);
  }, []);
  return `Running for ${formatMs(nowMs - sinceMs)}…`;
}
