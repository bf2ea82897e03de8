/** One column of an answer. */
export interface ResultColumn {
  readonly name: string;
  /** SQL's type; of native answers the type of the first value. */
  readonly type: string;
}

export interface Answer {
  readonly columns: readonly ResultColumn[];
  readonly rows: readonly (readonly unknown[])[];
  readonly tookMs: number;
  /** Events read of all streams, which the answer is exact at; undefined when no stream is behind it. */
  readonly eventsRead: number | undefined;
  /** There may be more rows than were asked for. */
  readonly cut: boolean;
}

export type Outcome =
  | { readonly kind: 'none' }
  | { readonly kind: 'running'; readonly sinceMs: number }
  | { readonly kind: 'answer'; readonly answer: Answer }
  | { readonly kind: 'canceled' }
  | { readonly kind: 'error'; readonly message: string };

/** Native answers as one table: what timeseries, topN, groupBy and scan put into their rows. */
export function nativeTable(result: unknown): Pick<Answer, 'columns' | 'rows'> {
  const objects = (Array.isArray(result) ? result : [result]).flatMap(flatRows);
  const names = [...new Set(objects.flatMap((row) => Object.keys(row)))];
  return {
    columns: names.map((name) => ({ name, type: typeName(objects.find((row) => row[name] != null)?.[name]) })),
    rows: objects.map((row) => names.map((name) => row[name] ?? null)),
  };
}

type Fields = Readonly<Record<string, unknown>>;

function flatRows(element: unknown): readonly Fields[] {
  if (typeof element !== 'object' || element === null) return [{ value: element }];
  const { timestamp, result, event, events, columns } = element as Fields;
  if (Array.isArray(events)) {
    const names = columns as readonly string[];
    return events.map((row: unknown) =>
      Array.isArray(row) ? Object.fromEntries(names.map((name, i) => [name, row[i] as unknown])) : (row as Fields),
    );
  }
  if (Array.isArray(result)) return result.map((row) => ({ timestamp, ...(row as Fields) }));
  if (typeof result === 'object' && result !== null) return [{ timestamp, ...result }];
  if (typeof event === 'object' && event !== null) return [{ timestamp, ...event }];
  return [element as Fields];
}

function typeName(value: unknown): string {
  if (typeof value === 'number') return Number.isInteger(value) ? 'BIGINT' : 'DOUBLE';
  if (typeof value === 'string') return /^\d{4}-\d\d-\d\dT/.test(value) ? 'TIMESTAMP' : 'VARCHAR';
  return typeof value === 'object' && value !== null ? 'COMPLEX' : 'VARCHAR';
}

/** Events that the answer's state counts. */
export function eventsRead(stateHeader: string | null): number | undefined {
  if (stateHeader === null) return undefined;
  const state = JSON.parse(stateHeader) as {
    readonly offsets?: Readonly<Record<string, { readonly partitions: Readonly<Record<string, number>> }>>;
  };
  const offsets = Object.values(state.offsets ?? {}).flatMap((stream) => Object.values(stream.partitions));
  return offsets.length === 0 ? undefined : offsets.reduce((sum, offset) => sum + offset, 0);
}
