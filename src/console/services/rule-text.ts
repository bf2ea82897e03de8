/** A rule of retention. @source Druid "Using rules to drop and retain data" */
export interface Rule {
  readonly type: string;
  readonly period?: string;
  readonly interval?: string;
  readonly tieredReplicants?: Readonly<Record<string, number>>;
}

/** A rule in words: `Keep the last P30D, 2 replicas in _default_tier`. */
export function ruleText(rule: Rule): string {
  const { type, period = '', interval = '', tieredReplicants = {} } = rule;
  const replicas = Object.entries(tieredReplicants).map(
    ([tier, count]) => `${count} ${count === 1 ? 'replica' : 'replicas'} in ${tier}`,
  );
  const where = replicas.length === 0 ? '' : `, ${replicas.join(', ')}`;
  switch (type) {
    case 'loadForever':
      return `Keep everything${where}`;
    case 'loadByPeriod':
      return `Keep the last ${period}${where}`;
    case 'loadByInterval':
      return `Keep ${interval}${where}`;
    case 'dropForever':
      return 'Drop everything';
    case 'dropByPeriod':
      return `Drop the last ${period}`;
    case 'dropBeforeByPeriod':
      return `Drop what is older than ${period}`;
    case 'dropByInterval':
      return `Drop ${interval}`;
    default:
      return JSON.stringify(rule);
  }
}
