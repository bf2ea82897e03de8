/** Counters, durations and gauges of a process, in Prometheus' text format. */
import type { Counter, Gauge, Histogram, Registry } from 'prom-client';
import {
  COUNTERS,
  type CounterName,
  GAUGES,
  type GaugeName,
  HISTOGRAMS,
  type HistogramName,
  type LabelsOf,
  SECONDS_BUCKETS,
} from './metric-names.js';

export interface GaugeSample<N extends GaugeName> {
  readonly labels: LabelsOf<(typeof GAUGES)[N]>;
  readonly value: number;
}

/** Updates that wait for the library; more than these load it. */
const MAX_PENDING = 1000;

/**
 * One set of metrics, made per process (a test makes its own). The Prometheus library, 20 ms to load, comes in with the first scrape
 * or after a thousand updates, so that neither start-up nor the first query pays for it.
 */
export class Metrics {
  readonly #gauges = new Map<GaugeName, () => readonly GaugeSample<GaugeName>[]>();
  #pending: ((loaded: Loaded) => void)[] = [];
  #loading: Promise<Loaded> | undefined;
  #loaded: Loaded | undefined;

  count<N extends CounterName>(name: N, labels: LabelsOf<(typeof COUNTERS)[N]>, by = 1): void {
    this.#update((loaded) => loaded.counters.get(name)!.inc(labels, by));
  }

  observeSeconds<N extends HistogramName>(name: N, labels: LabelsOf<(typeof HISTOGRAMS)[N]>, seconds: number): void {
    this.#update((loaded) => loaded.histograms.get(name)!.observe(labels, seconds));
  }

  /** `read` is called at every scrape; a later call for the same gauge replaces it. */
  gauge<N extends GaugeName>(name: N, read: () => readonly GaugeSample<N>[]): void {
    this.#gauges.set(name, read as () => readonly GaugeSample<GaugeName>[]);
  }

  /** The text of `/metrics`, with those of the process itself. */
  async text(): Promise<string> {
    const loaded = await this.#load();
    for (const [name, read] of this.#gauges) {
      const gauge = loaded.gauges.get(name)!;
      gauge.reset();
      for (const { labels, value } of read()) gauge.set(labels, value);
    }
    return loaded.registry.metrics();
  }

  #update(apply: (loaded: Loaded) => void): void {
    if (this.#loaded) {
      apply(this.#loaded);
      return;
    }
    this.#pending.push(apply);
    if (this.#pending.length >= MAX_PENDING) void this.#load();
  }

  #load(): Promise<Loaded> {
    this.#loading ??= load().then((loaded) => {
      this.#loaded = loaded;
      for (const apply of this.#pending) apply(loaded);
      this.#pending = [];
      return loaded;
    });
    return this.#loading;
  }
}

interface Loaded {
  readonly registry: Registry;
  readonly counters: ReadonlyMap<CounterName, Counter>;
  readonly histograms: ReadonlyMap<HistogramName, Histogram>;
  readonly gauges: ReadonlyMap<GaugeName, Gauge>;
}

async function load(): Promise<Loaded> {
  const { default: prometheus } = await import('prom-client');
  const registry = new prometheus.Registry();
  const registers = [registry];
  prometheus.collectDefaultMetrics({ register: registry });
  const each = <N extends string, D, M>(
    definitions: Readonly<Record<N, D>>,
    make: (name: N, definition: D) => M,
  ): Map<N, M> =>
    new Map((Object.entries(definitions) as [N, D][]).map(([name, definition]) => [name, make(name, definition)]));
  return {
    registry,
    counters: each(
      COUNTERS,
      (name, { help, labels }) => new prometheus.Counter({ name, help, labelNames: [...labels], registers }),
    ),
    histograms: each(
      HISTOGRAMS,
      (name, { help, labels }) =>
        new prometheus.Histogram({ name, help, labelNames: [...labels], buckets: SECONDS_BUCKETS, registers }),
    ),
    gauges: each(
      GAUGES,
      (name, { help, labels }) => new prometheus.Gauge({ name, help, labelNames: [...labels], registers }),
    ),
  };
}
