/** Druid's counters of ingested rows. @source Druid `RowIngestionMeters.java` */
export const ROW_COUNTERS = ['processed', 'processedBytes', 'processedWithError', 'thrownAway', 'unparseable'] as const;

export type RowCounter = (typeof ROW_COUNTERS)[number];
export type RowTotals = Readonly<Record<RowCounter, number>>;

/** Rates a second over 1, 5 and 15 minutes. */
export interface MovingAverages {
  readonly '1m': RowTotals;
  readonly '5m': RowTotals;
  readonly '15m': RowTotals;
}

const TICK_MS = 5_000;
const WINDOWS_MINUTES = [1, 5, 15] as const;

/** Totals and exponentially weighted rates, as load averages have them: a tick every 5 s. */
export class RowMeters {
  readonly #totals: Record<RowCounter, number> = zeros();
  #atLastTick: RowTotals = zeros();
  readonly #rates: readonly Record<RowCounter, number>[] = WINDOWS_MINUTES.map(zeros);
  #ticks = 0;
  #nextTickMs: number;

  /** @param nowMs a monotonic time, as `tick` is given */
  constructor(nowMs: number) {
    this.#nextTickMs = nowMs + TICK_MS;
  }

  add(counter: RowCounter, count: number): void {
    this.#totals[counter] += count;
  }

  get totals(): RowTotals {
    return { ...this.#totals };
  }

  /** Brings the rates up to a monotonic time. */
  tick(nowMs: number): void {
    for (; nowMs >= this.#nextTickMs; this.#nextTickMs += TICK_MS) {
      const elapsed = { ...this.#totals };
      for (const counter of ROW_COUNTERS) {
        const perSecond = (elapsed[counter] - this.#atLastTick[counter]) / (TICK_MS / 1_000);
        WINDOWS_MINUTES.forEach((minutes, i) => {
          const rates = this.#rates[i]!;
          // The first tick sets the rate, as in the library that Druid uses.
          const weight = this.#ticks === 0 ? 1 : 1 - Math.exp(-TICK_MS / 60_000 / minutes);
          rates[counter] += weight * (perSecond - rates[counter]);
        });
      }
      this.#atLastTick = elapsed;
      this.#ticks++;
    }
  }

  get movingAverages(): MovingAverages {
    const [one, five, fifteen] = this.#rates;
    return { '1m': { ...one! }, '5m': { ...five! }, '15m': { ...fifteen! } };
  }
}

function zeros(): Record<RowCounter, number> {
  return { processed: 0, processedBytes: 0, processedWithError: 0, thrownAway: 0, unparseable: 0 };
}
