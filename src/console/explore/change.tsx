import type { ReactNode } from 'react';
import { formatNumber, formatShort } from '../shared/format.js';

interface ChangeProps {
  readonly value: number | null;
  readonly before: number | null;
}

/** Up or down against the period before. */
export function Change({ value, before }: ChangeProps): ReactNode {
  if (before === null || before === 0) return <span className="change">{value === null ? '' : 'new'}</span>;
  const percent = (((value ?? 0) - before) / before) * 100;
  const size = Math.abs(percent);
  return (
    <span className="change" data-up={percent >= 0} title={`${formatNumber(before)} before`}>
      {size < 1000
        ? `${percent >= 0 ? '+' : '−'}${size.toFixed(size < 10 ? 1 : 0)}%`
        : `× ${formatShort((value ?? 0) / before)}`}
    </span>
  );
}
