/**
 * A number of JSON such as 1e400, which no column of numbers can hold: taken as infinite it would spoil every sum that it is in. As a text it is
 * what Java makes of it.
 */
export class HugeNumber {
  /** Positive or negative. */
  readonly infinity: number;

  constructor(infinity: number) {
    this.infinity = infinity;
  }

  toJSON(): null {
    return null;
  }

  toString(): string {
    return String(this.infinity);
  }
}
