/** One reading of `/metrics`. */
export interface Reading {
  readonly atMs: number;
  readonly samples: readonly Sample[];
}

export interface Sample {
  readonly name: string;
  readonly labels: string;
  readonly value: number;
}

/** The samples of a text in Prometheus' format. @source https://prometheus.io/docs/instrumenting/exposition_formats/ */
export function parseMetrics(text: string): readonly Sample[] {
  return text.split('\n').flatMap((line) => {
    const match = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)/.exec(line);
    return match === null ? [] : [{ name: match[1]!, labels: match[2] ?? '', value: Number(match[3]) }];
  });
}

/** Sum over the samples of a metric whose labels contain `label`; undefined when there is none. */
export function total(reading: Reading, name: string, label = ''): number | undefined {
  const found = reading.samples.filter((sample) => sample.name === name && sample.labels.includes(label));
  return found.length === 0 ? undefined : found.reduce((sum, sample) => sum + sample.value, 0);
}

/** Growth of a counter per second between two readings. A counter that fell began anew: nothing is known then. */
export function rate(from: Reading, to: Reading, name: string, label = ''): number | undefined {
  const before = total(from, name, label) ?? 0;
  const after = total(to, name, label) ?? 0;
  return to.atMs <= from.atMs || after < before ? undefined : ((after - before) * 1000) / (to.atMs - from.atMs);
}

/** Of a histogram's growth between two readings, interpolated within its bucket; undefined when nothing was counted. */
export function quantile(from: Reading, to: Reading, name: string, q: number): number | undefined {
  const before = buckets(from, name);
  const grown = [...buckets(to, name)]
    .map(([bound, count]) => [bound, count - (before.get(bound) ?? 0)] as const)
    .toSorted(([a], [b]) => a - b);
  const all = grown.at(-1)?.[1] ?? 0;
  if (all <= 0) return undefined;
  let low = 0;
  let below = 0;
  for (const [bound, count] of grown) {
    if (count >= q * all) {
      return Number.isFinite(bound) ? low + ((bound - low) * (q * all - below)) / (count - below) : low;
    }
    low = bound;
    below = count;
  }
  return low;
}

/** Counts at or below each bound, summed over all other labels. */
function buckets(reading: Reading, name: string): ReadonlyMap<number, number> {
  const counts = new Map<number, number>();
  for (const { name: sampled, labels, value } of reading.samples) {
    if (sampled !== `${name}_bucket`) continue;
    const text = /le="([^"]+)"/.exec(labels)?.[1] ?? '+Inf';
    const bound = text === '+Inf' ? Infinity : Number(text);
    counts.set(bound, (counts.get(bound) ?? 0) + value);
  }
  return counts;
}
