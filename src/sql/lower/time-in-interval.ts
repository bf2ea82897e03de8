import { DruidError } from '../../common/druid-error.js';
import { readInterval } from '../../common/iso-time.js';
import { timeZone } from '../../common/time-zone.js';
import type { Rex } from '../rex/rex.js';
import { and, call } from '../rex/rex-tools.js';
import { makeType } from '../types/make-type.js';
import type { LoweringContext } from './native-expression.js';

type Call = Extract<Rex, { kind: 'call' }>;

const BOOLEAN = makeType('BOOLEAN');
const TIMESTAMP = makeType('TIMESTAMP', false, { precision: 3 });
/** A time of day with an offset is no wall clock's. */
const HAS_OFFSET = /T[^/]*(Z|[+-]\d{2}:?\d{2})/i;

/**
 * `TIME_IN_INTERVAL(t, 'a/b')` as the two comparisons that it is, so that bounds of `__time` become intervals.
 * @throws DruidError when the text is no interval
 * @source Druid `TimeInIntervalConvertletFactory.java`
 */
export function timeInInterval(rex: Call, context: LoweringContext): Rex {
  const [time, text] = rex.operands;
  if (time === undefined || text?.kind !== 'literal' || typeof text.value !== 'string')
    throw notAnInterval(String(text?.kind));
  const interval = readInterval(text.value);
  if ('problem' in interval) throw notAnInterval(interval.problem);
  const zone = timeZone(context.timeZone);
  const local = (ms: number): bigint => BigInt(HAS_OFFSET.test(text.value as string) ? ms + zone.offsetMs(ms) : ms);
  const bound = (ms: number): Rex => ({ kind: 'literal', value: local(ms), type: TIMESTAMP });
  return and([call('>=', [time, bound(interval.startMs)], BOOLEAN), call('<', [time, bound(interval.endMs)], BOOLEAN)]);
}

function notAnInterval(problem: string): DruidError {
  return new DruidError(`Function 'TIME_IN_INTERVAL' second argument is not a valid ISO8601 interval: ${problem}`, {
    category: 'RUNTIME_FAILURE',
    persona: 'OPERATOR',
    errorCode: 'legacyQueryException',
    legacy: { error: 'Unknown exception', errorClass: 'org.apache.calcite.runtime.CalciteContextException' },
  });
}
