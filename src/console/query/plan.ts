/** A step of a plan: a native query, or what one reads. */
export interface Step {
  readonly title: string;
  readonly details: readonly (readonly [name: string, value: string])[];
  readonly inputs: readonly Step[];
  /** The native query of the step, which can be run by itself; undefined for what is only read. */
  readonly query: NativeQuery | undefined;
  /** The table that is read, when the step reads one directly. */
  readonly table: string | undefined;
}

export type NativeQuery = Readonly<Record<string, unknown>>;

const ETERNITY = '-146136543-09-08T08:23:32.096Z/146140482-04-24T15:36:27.903Z';

/** The steps of what `EXPLAIN PLAN FOR` puts into its column PLAN; several when parts run one after the other. */
export function planSteps(planText: string): readonly Step[] {
  const plan = JSON.parse(planText) as readonly { readonly query: NativeQuery }[];
  return plan.map(({ query }) => queryStep(query));
}

function queryStep(query: NativeQuery): Step {
  const { dataSource } = query;
  const input = sourceStep(dataSource);
  return {
    title: String(query['queryType']),
    details: details(query),
    inputs: input === undefined ? [] : [input],
    query,
    table: tableName(dataSource),
  };
}

function sourceStep(source: unknown): Step | undefined {
  if (typeof source === 'string') return leaf(`table ${source}`, source);
  if (typeof source !== 'object' || source === null) return undefined;
  const fields = source as NativeQuery;
  const { type } = fields;
  if (type === 'query') return queryStep(fields['query'] as NativeQuery);
  if (type === 'table') return leaf(`table ${String(fields['name'])}`, String(fields['name']));
  const named = type === 'lookup' ? ` ${String(fields['lookup'])}` : '';
  const inner = [fields['left'], fields['right'], fields['base'], ...list(fields['dataSources'])];
  return {
    title: `${String(type)}${named}`,
    details: [
      ...detail('type', fields['joinType']),
      ...detail('on', fields['condition']),
      ...detail('rows', Array.isArray(fields['rows']) ? fields['rows'].length : undefined),
    ],
    inputs: inner.map(sourceStep).filter((step) => step !== undefined),
    query: undefined,
    table: undefined,
  };
}

function leaf(title: string, table: string): Step {
  return { title, details: [], inputs: [], query: undefined, table };
}

function details(query: NativeQuery): Step['details'] {
  const { intervals } = (query['intervals'] ?? {}) as { readonly intervals?: readonly string[] };
  const times = intervals ?? list(query['intervals']).map(String);
  const dimensions = [query['dimension'], ...list(query['dimensions'])].filter((dimension) => dimension !== undefined);
  const limit = (query['limitSpec'] as { readonly limit?: number } | undefined)?.limit;
  return [
    ...detail('by', names(dimensions)),
    ...detail('aggregates', names(list(query['aggregations']))),
    ...detail('columns', names(list(query['columns']))),
    ...detail('filter', query['filter']),
    ...detail('having', query['having']),
    ...detail('times', times.includes(ETERNITY) ? undefined : times.map(timesInWords).join(', ')),
    ...detail('granularity', granularityName(query['granularity'])),
    ...detail('limit', query['threshold'] ?? query['limit'] ?? limit),
  ];
}

/** An interval that is open at one end says so. */
function timesInWords(interval: string): string {
  const [from, to] = interval.split('/');
  const [first, last] = ETERNITY.split('/');
  if (to === last) return `from ${from} on`;
  return from === first ? `before ${to}` : interval;
}

function detail(name: string, value: unknown): Step['details'] {
  if (value === undefined || value === null || value === '') return [];
  return [[name, typeof value === 'object' ? JSON.stringify(value) : String(value)]];
}

function names(specs: readonly unknown[]): string {
  return specs.map(specName).join(', ');
}

function specName(spec: unknown): string {
  if (typeof spec !== 'object' || spec === null) return String(spec);
  const { type, name, dimension, fieldName } = spec as Readonly<Record<string, string | undefined>>;
  if (dimension !== undefined) return dimension;
  return fieldName === undefined ? `${type ?? ''} ${name ?? ''}`.trim() : `${type ?? ''}(${fieldName})`;
}

function granularityName(granularity: unknown): string | undefined {
  if (typeof granularity === 'string') return granularity === 'all' ? undefined : granularity;
  const { type, period } = (granularity ?? {}) as { readonly type?: string; readonly period?: string };
  return period ?? (type === 'all' ? undefined : type);
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function tableName(source: unknown): string | undefined {
  if (typeof source === 'string') return source;
  const { type, name } = (source ?? {}) as { readonly type?: string; readonly name?: string };
  return type === 'table' ? name : undefined;
}
