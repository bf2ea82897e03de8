/** Where reading of one Kafka partition stands, kept apart from kafkajs' own idea of it. */
export class PartitionPosition {
  /** Offset that the next record is expected at, or after. */
  next: number;
  /** Last stable offset as last heard. */
  high: number;
  /** A batch is with its receiver. */
  busy = false;
  /** Data loss was reported; the partition is not read. */
  lost = false;
  #skipped: number | undefined;

  constructor(offset: number) {
    this.next = offset;
    this.high = offset;
  }

  /** Where kafkajs stands after rows that it filtered out beyond a gap: to be believed once the log is seen to hold `next`. */
  get skipped(): number | undefined {
    return this.#skipped;
  }

  skip(offset: number): void {
    this.#skipped = offset;
  }

  /** Moves to the skipped-to offset when kafkajs fetched from there. The caller has verified that `next` is still in the log. */
  takeSkip(fetchedFrom: number): boolean {
    if (this.#skipped !== fetchedFrom || fetchedFrom <= this.next) {
      this.#skipped = undefined;
      return false;
    }
    this.next = fetchedFrom;
    this.#skipped = undefined;
    return true;
  }
}
