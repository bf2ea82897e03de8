/** Made-up page views: about 150 bytes of JSON with a time, 8 dimensions and 4 metrics. */
import { parseSupervisorSpec, type SupervisorSpec } from '../../src/indexing/spec/supervisor-spec.js';

export const DIMENSIONS = ['page', 'user', 'land', 'city', 'chan', 'dev', 'os', 'bot'] as const;
export const METRICS = ['add', 'del', 'net', 'ms'] as const;
const START_MS = Date.UTC(2026, 0, 1);

/** How many events become one row: each its own, about one of two, or hundreds. */
export type Shape = 'rows' | 'unique' | 'reducing';

export interface Events {
  readonly count: number;
  /** JSON texts, one a line. */
  readonly lines: Buffer;
  /** Where each line begins, and the end of all. */
  readonly starts: Uint32Array;
  /** Sums that any right reader finds. */
  readonly sums: Readonly<Record<(typeof METRICS)[number], number>>;
  readonly byLand: ReadonlyMap<string, number>;
}

const CHUNK = 100_000;

export function makeEvents(count: number): Events {
  let state = 42;
  const random = (n: number): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * n);
  };
  // A text of all lines would be longer than JavaScript's longest.
  const chunks: Buffer[] = [];
  let texts: string[] = [];
  const sums = { add: 0, del: 0, net: 0, ms: 0 };
  const byLand = new Map<string, number>();
  for (let i = 0; i < count; i++) {
    // Few values are frequent, as they are where people choose.
    const skewed = (n: number): number => Math.min(random(n), random(n));
    const land = `L${skewed(60)}`;
    const numbers = [random(5000), random(300), (random(100_000) - 20_000) / 100, random(900)];
    METRICS.forEach((name, m) => (sums[name] += numbers[m]!));
    byLand.set(land, (byLand.get(land) ?? 0) + 1);
    texts.push(
      `{"t":${START_MS + Math.floor(i / 500)},"page":"P${skewed(20_000)}","user":"u${random(5_000)}","land":"${land}",` +
        `"city":"T${skewed(900)}","chan":"c${random(12)}","dev":"d${random(4)}","os":"o${random(6)}","bot":"${random(2)}",` +
        `"add":${numbers[0]},"del":${numbers[1]},"net":${numbers[2]},"ms":${numbers[3]}}`,
    );
    if (texts.length < CHUNK && i < count - 1) continue;
    chunks.push(Buffer.from(`${texts.join('\n')}\n`));
    texts = [];
  }
  const lines = Buffer.concat(chunks);
  const starts = new Uint32Array(count + 1);
  for (let i = 0; i < count; i++) starts[i + 1] = lines.indexOf(10, starts[i]) + 1;
  return { count, lines, starts, sums, byLand };
}

/** Each a view of one buffer, as a client of Kafka gives the values of a batch. */
export function valuesOf({ lines, starts }: Events, from: number, to: number): Buffer[] {
  return Array.from({ length: to - from }, (_, i) => lines.subarray(starts[from + i], starts[from + i + 1]! - 1));
}

const METRICS_SPEC = [
  { type: 'count', name: 'n' },
  { type: 'longSum', name: 'add', fieldName: 'add' },
  { type: 'longSum', name: 'del', fieldName: 'del' },
  { type: 'doubleSum', name: 'net', fieldName: 'net' },
  { type: 'longSum', name: 'ms', fieldName: 'ms' },
];

export const DATA_SOURCE = 'events';

/** A supervisor of an embedded stream. */
export function specJson(shape: Shape): object {
  const rollup = shape !== 'rows';
  const dimensions = shape === 'reducing' ? ['land', 'chan', 'dev'] : DIMENSIONS;
  return {
    type: 'local',
    spec: {
      dataSchema: {
        dataSource: DATA_SOURCE,
        timestampSpec: { column: 't', format: 'millis' },
        dimensionsSpec: { dimensions },
        metricsSpec: METRICS_SPEC,
        granularitySpec: { segmentGranularity: 'HOUR', queryGranularity: rollup ? 'MINUTE' : 'NONE', rollup },
      },
      ioConfig: { stream: DATA_SOURCE, inputFormat: { type: 'json' }, useEarliestOffset: true },
      tuningConfig: { type: 'local' },
    },
  };
}

export function specOf(shape: Shape): SupervisorSpec {
  return parseSupervisorSpec(specJson(shape));
}
