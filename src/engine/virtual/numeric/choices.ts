import type { Room } from './arithmetic.js';
import { ALL_NULL, doubles, longs, type Numbers } from './numbers.js';

/** A condition and what holds where it is the first true one; null = always. */
export interface Choice {
  readonly condition: Numbers | null;
  readonly result: Numbers;
}

/** `if` and `case`: each row takes the first choice whose condition is true, else null. */
export function choose(choices: readonly Choice[], n: number, room: Room): Numbers | undefined {
  const { values, nulls } = room;
  const isOpen = new Uint8Array(n).fill(1);
  nulls.fill(1, 0, n);
  for (const { condition, result } of choices) {
    const taken = condition === null ? isOpen : openTruths(condition, isOpen, n);
    take(result, taken, n, values, nulls);
    if (condition !== null) for (let i = 0; i < n; i++) isOpen[i] = isOpen[i]! & (taken[i]! ^ 1);
  }
  return typed(
    choices.map(({ result }) => result),
    n,
    room,
  );
}

/** `nvl` and `coalesce`: each row takes the first value that is not null. */
export function coalesce(parts: readonly Numbers[], n: number, room: Room): Numbers | undefined {
  const { values, nulls } = room;
  nulls.fill(1, 0, n);
  // Rows that are null so far take the next value.
  for (const part of parts) take(part, nulls.slice(0, n), n, values, nulls);
  return typed(parts, n, room);
}

export function isNull(of: Numbers, row: number): boolean {
  return of.kind === 'NULL' || of.nulls?.[row] === 1;
}

/** 1 for rows that are open and for which the condition is true. */
function openTruths({ kind, values, nulls }: Numbers, isOpen: Uint8Array, n: number): Uint8Array {
  const truths = new Uint8Array(n);
  if (kind === 'NULL') return truths;
  if (nulls === undefined) for (let i = 0; i < n; i++) truths[i] = values[i]! > 0 ? isOpen[i]! : 0;
  else for (let i = 0; i < n; i++) truths[i] = values[i]! > 0 && nulls[i] === 0 ? isOpen[i]! : 0;
  return truths;
}

function take(from: Numbers, taken: Uint8Array, n: number, values: Float64Array, nulls: Uint8Array): void {
  if (from.kind === 'NULL') return;
  const source = from.values;
  const sourceNulls = from.nulls;
  for (let i = 0; i < n; i++) {
    if (taken[i] === 0) continue;
    values[i] = source[i]!;
    nulls[i] = sourceNulls === undefined ? 0 : sourceNulls[i]!;
  }
}

/** What rows of several parts are together. */
function typed(parts: readonly Numbers[], n: number, { values, nulls }: Room): Numbers | undefined {
  const known = parts.filter(({ kind }) => kind !== 'NULL');
  if (known.length === 0) return ALL_NULL;
  const some = nulls.subarray(0, n).includes(1) ? nulls : undefined;
  if (known.every(({ kind }) => kind === 'LONG')) {
    return longs(values, some, Math.min(...known.map(({ min }) => min)), Math.max(...known.map(({ max }) => max)));
  }
  return doubles(
    values,
    some,
    known.some(({ kind, isMixed }) => kind === 'LONG' || isMixed),
  );
}
