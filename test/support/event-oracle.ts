import { SeededRandomness } from '../../src/platform/randomness.js';

export interface OracleEvent {
  readonly time: string;
  readonly page: string;
  readonly added: number;
}

export interface Expected {
  readonly count: number;
  readonly added: number;
  /** Count by page. */
  readonly pages: ReadonlyMap<string, number>;
}

const PAGES = 40;

/**
 * What was written to a stream, by partition and offset, told apart from the engine: the exact answer at any offset vector is
 * counted from here. Unparseable records have an offset and count for nothing.
 */
export class EventOracle {
  readonly #random: SeededRandomness;
  readonly #written = new Map<string, (OracleEvent | null)[]>();
  readonly #startMs = Date.now();
  /** Totals of all events below these offsets. */
  readonly #counted = new Map<string, number>();
  readonly #pages = new Map<string, number>();
  #count = 0;
  #added = 0;

  constructor(seed: number) {
    this.#random = new SeededRandomness(seed);
  }

  /** The next record: 3% of events are late by up to two hours, 0.5% of records are malformed. */
  next(): { readonly event: OracleEvent | null; readonly text: string } {
    if (this.#random.nextDouble() < 0.005) return { event: null, text: '{"time": "not closed' };
    const lateMs = this.#random.nextDouble() < 0.03 ? this.#random.nextDouble() * 7_200_000 : 0;
    const event: OracleEvent = {
      time: new Date(Date.now() - lateMs).toISOString(),
      page: `page-${Math.floor(PAGES ** this.#random.nextDouble())}`,
      added: Math.floor(this.#random.nextDouble() * 1000),
    };
    return { event, text: JSON.stringify(event) };
  }

  /** Records that the partition holds these from `firstOffset` on. */
  written(partition: string, firstOffset: number, events: readonly (OracleEvent | null)[]): void {
    const log = this.#written.get(partition) ?? [];
    this.#written.set(partition, log);
    events.forEach((event, i) => {
      log[firstOffset + i] = event;
    });
  }

  /** Every event below a vector, once. */
  *below(vector: Readonly<Record<string, number>>): Generator<OracleEvent> {
    for (const [partition, offset] of Object.entries(vector)) {
      for (const event of (this.#written.get(partition) ?? []).slice(0, offset)) if (event !== null) yield event;
    }
  }

  /** Offsets after everything written. */
  get end(): Record<string, number> {
    return Object.fromEntries([...this.#written].map(([partition, log]) => [partition, log.length]));
  }

  /** The exact answer at a vector: every event below it once, none beyond. */
  at(vector: Readonly<Record<string, number>>): Expected {
    for (const [partition, offset] of Object.entries(vector)) {
      const log = this.#written.get(partition) ?? [];
      if (offset > log.length)
        throw new Error(`Answer covers offset ${offset} of partition ${partition}, only ${log.length} were written`);
    }
    // From the vector asked for last, whose totals are known: a long run asks for thousands that are close to each other.
    for (const partition of new Set([...Object.keys(vector), ...this.#counted.keys()]))
      this.#countTo(partition, vector[partition] ?? 0);
    const pages = new Map([...this.#pages].filter(([, rows]) => rows > 0));
    return { count: this.#count, added: this.#added, pages };
  }

  #countTo(partition: string, offset: number): void {
    const log = this.#written.get(partition) ?? [];
    const from = this.#counted.get(partition) ?? 0;
    const sign = offset >= from ? 1 : -1;
    for (let i = Math.min(from, offset); i < Math.max(from, offset); i++) {
      const event = log[i];
      if (event === null || event === undefined) continue;
      this.#count += sign;
      this.#added += sign * event.added;
      this.#pages.set(event.page, (this.#pages.get(event.page) ?? 0) + sign);
    }
    this.#counted.set(partition, offset);
  }

  /** An interval that holds every event written so far and for the next hours. */
  get interval(): string {
    return `${new Date(this.#startMs - 10 * 3_600_000).toISOString()}/${new Date(this.#startMs + 10 * 3_600_000).toISOString()}`;
  }
}
