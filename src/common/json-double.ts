import { doubleToString } from './java-number.js';

/** A JSON number that is whole and yet no integer, as `1.0`: among plain JSON data a whole number stands for an integer. */
export class JsonDouble {
  readonly value: number;

  constructor(value: number) {
    this.value = value;
  }

  /** As Java writes it. */
  toString(): string {
    return doubleToString(this.value);
  }

  /** Where it is not told apart it is a number. */
  toJSON(): number {
    return this.value;
  }
}

/** A double as JSON data. */
export function jsonDouble(value: number): number | JsonDouble {
  return Number.isInteger(value) ? new JsonDouble(value) : value;
}
