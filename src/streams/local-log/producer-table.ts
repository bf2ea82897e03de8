import { DruidError } from '../../common/druid-error.js';
import type { Producer } from './frame.js';

/** Where an append went. */
export interface AppendResult {
  readonly firstOffset: number;
  readonly count: number;
}

interface Remembered {
  readonly sequenceNumber: number;
  readonly result: AppendResult;
}

/** A retry is of one of the newest pushes; older ones are refused rather than appended twice. */
const REMEMBERED_PUSHES = 5;
const REMEMBERED_PRODUCERS = 10_000;

/** The newest pushes of each producer of one partition, so that a retried push finds its first result. */
export class ProducerTable {
  /** In order of last use. */
  readonly #pushes = new Map<string, Remembered[]>();

  /**
   * The result of this push when it was made before.
   * @throws DruidError CONFLICT when the sequence number is older than the pushes that are remembered
   */
  find(producer: Producer): AppendResult | undefined {
    const pushes = this.#pushes.get(producer.id);
    if (pushes === undefined) return undefined;
    const known = pushes.find((push) => push.sequenceNumber === producer.sequenceNumber);
    if (known !== undefined) return known.result;
    const newest = pushes.at(-1)!.sequenceNumber;
    if (producer.sequenceNumber < newest) {
      throw new DruidError(
        `Sequence number [${producer.sequenceNumber}] of producer [${producer.id}] is older than its last [${newest}]`,
        {
          category: 'CONFLICT',
        },
      );
    }
    return undefined;
  }

  remember(producer: Producer, result: AppendResult): void {
    const pushes = this.#pushes.get(producer.id) ?? [];
    this.#pushes.delete(producer.id);
    pushes.push({ sequenceNumber: producer.sequenceNumber, result });
    if (pushes.length > REMEMBERED_PUSHES) pushes.shift();
    this.#pushes.set(producer.id, pushes);
    if (this.#pushes.size > REMEMBERED_PRODUCERS) this.#pushes.delete(this.#pushes.keys().next().value!);
  }

  /** Forgets a push whose append failed. */
  forget(producer: Producer): void {
    const pushes =
      this.#pushes.get(producer.id)?.filter((push) => push.sequenceNumber !== producer.sequenceNumber) ?? [];
    if (pushes.length === 0) this.#pushes.delete(producer.id);
    else this.#pushes.set(producer.id, pushes);
  }

  toJSON(): unknown {
    return [...this.#pushes];
  }

  static fromJSON(value: unknown): ProducerTable {
    const table = new ProducerTable();
    for (const [id, pushes] of value as [string, Remembered[]][]) table.#pushes.set(id, pushes);
    return table;
  }
}
