import { describe, expect, test } from 'vitest';
import { parseRules, ruleFor } from '../../../../src/coordination/coordinator/rules.js';
import { parseInterval } from '../../../../src/common/iso-time.js';

const NOW_MS = Date.UTC(2024, 5, 15, 12);
const actionOf = (rules: readonly object[], interval: string) =>
  ruleFor(parseRules(rules), parseInterval(interval), NOW_MS)?.action;

describe('retention rules', () => {
  test('the first that speaks of an interval decides', () => {
    const rules = [
      { type: 'loadByPeriod', period: 'P1M' },
      { type: 'dropByInterval', interval: '2024-01-01/2024-02-01' },
      { type: 'loadByInterval', interval: '2024-01-15/2024-03-01' },
      { type: 'dropForever' },
    ];
    expect(actionOf(rules, '2024-06-01/2024-06-02')).toBe('load');
    // Months are those of the calendar: from May 15, noon.
    expect(actionOf(rules, '2024-05-15/2024-05-16')).toBe('load');
    expect(actionOf(rules, '2024-05-14/2024-05-15')).toBe('drop');
    expect(actionOf(rules, '2024-01-10/2024-01-20')).toBe('drop');
    // A part is no reason to drop the whole.
    expect(actionOf(rules, '2024-01-20/2024-02-20')).toBe('load');
    expect(actionOf(rules, '2030-01-01/2030-01-02')).toBe('load');
    expect(actionOf([{ type: 'loadByPeriod', period: 'P1M', includeFuture: false }], '2030/2031')).toBeUndefined();
  });

  test('drop by period, and what is older than a period', () => {
    expect(actionOf([{ type: 'dropByPeriod', period: 'P1M' }], '2024-06-01/2024-06-02')).toBe('drop');
    expect(
      actionOf([{ type: 'dropByPeriod', period: 'P1M', includeFuture: false }], '2024-06-15/2024-06-16'),
    ).toBeUndefined();
    const older = [{ type: 'dropBeforeByPeriod', period: 'P1D' }];
    expect(actionOf(older, '2024-06-13/2024-06-14')).toBe('drop');
    expect(actionOf(older, '2024-06-14/2024-06-15')).toBeUndefined();
  });

  test('what is no rule is refused', () => {
    for (const bad of [
      {},
      [{ type: 'zzz' }],
      [{}],
      [{ type: 'loadByPeriod', period: 'x' }],
      [{ type: 'dropByInterval' }],
    ])
      expect(() => parseRules(bad)).toThrow(expect.objectContaining({ status: 400 }));
  });
});
