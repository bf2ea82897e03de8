/** What filters say of arrays and nested values. */
import { parseJson } from '../../common/json-read.js';
import type { ExprType } from '../../expressions/expr.js';
import { tryParseDouble } from '../../vectors/number-text.js';
import type { ArrayMatch, ValuePredicate } from './value-predicate.js';

type Element = string | bigint | number | null;

/** One bound as the range filter has it; `isOpen` leaves out the array that is the bound alone. */
export interface ScalarBound {
  readonly text: string;
  readonly isOpen: boolean;
}

/**
 * A range of single values over arrays: a bound stands for the array of it alone, cast to the type of the elements.
 * @source Druid `RangeFilter.java` (`makeArrayPredicate`)
 */
export function scalarRange(lower: ScalarBound | null, upper: ScalarBound | null): ArrayMatch {
  return {
    matches({ elementType: type, values }) {
      const elements = values as readonly Element[];
      if (lower !== null) {
        const order = compareWith(elements, cast(lower.text, type, !lower.isOpen));
        if (order < 0 || (order === 0 && lower.isOpen)) return false;
      }
      if (upper === null) return true;
      const order = compareWith(elements, cast(upper.text, type, upper.isOpen));
      return order < 0 || (order === 0 && !upper.isOpen);
    },
  };
}

/** A bound that is not part of what it bounds on that side is rounded up, for whole numbers. */
function cast(text: string, type: ExprType, roundsUp: boolean): Element {
  if (type === 'STRING') return text;
  if (type === 'LONG' && /^[+-]?\d+$/.test(text)) return BigInt(text);
  const number = tryParseDouble(text);
  if (number === null || type === 'DOUBLE') return number;
  return Number.isFinite(number) ? BigInt(roundsUp ? Math.ceil(number) : Math.trunc(number)) : number;
}

/** Order of an array and the array [bound]. */
function compareWith(elements: readonly Element[], bound: Element): number {
  const [first] = elements;
  if (first === undefined) return -1;
  if (first === null || bound === null) {
    if (first !== bound) return first === null ? -1 : 1;
  } else if (first !== bound) {
    return first < bound ? -1 : 1;
  }
  return elements.length - 1;
}

/** Equality with a nested value, whatever the order of members: integers and doubles of one value are equal. */
export function equalsJson(text: string): NonNullable<ValuePredicate['json']> {
  const wanted = canonical(parseJson(text));
  return (other) => isJson(other) && canonical(parseJson(other)) === wanted;
}

/** Complex values that are not JSON equal none. */
function isJson(text: string): boolean {
  return /^[[{"\-\dtfn]/.test(text) && !text.includes('�');
}

function canonical(value: unknown): string {
  if (typeof value !== 'object' || value === null)
    return typeof value === 'bigint' ? String(value) : JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(canonical).join()}]`;
  const members = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${members.map(([key, member]) => `${JSON.stringify(key)}:${canonical(member)}`).join()}}`;
}
