import type { Room } from './arithmetic.js';
import { truth } from './arithmetic.js';
import { ALL_NULL, doubles, longs, type Numbers } from './numbers.js';

/** A condition and what holds where it is the first true one; null = always. */
export interface Choice {
  readonly condition: Numbers | null;
  readonly result: Numbers;
}

/** `if` and `case`: each row takes the first choice whose condition is true, else null. */
export function choose(choices: readonly Choice[], n: number, room: Room): Numbers | undefined {
  return merge(
    choices.map(({ result }) => result),
    n,
    room,
    (row) => choices.findIndex(({ condition }) => condition === null || truth(condition, row) === 1),
  );
}

/** `nvl` and `coalesce`: each row takes the first value that is not null. */
export function coalesce(parts: readonly Numbers[], n: number, room: Room): Numbers | undefined {
  return merge(parts, n, room, (row) => parts.findIndex((part) => !isNull(part, row)));
}

export function isNull(of: Numbers, row: number): boolean {
  return of.kind === 'NULL' || of.nulls?.[row] === 1;
}

function merge(
  parts: readonly Numbers[],
  n: number,
  { values, nulls }: Room,
  choiceOf: (row: number) => number,
): Numbers | undefined {
  const typed = parts.filter(({ kind }) => kind !== 'NULL');
  if (typed.length === 0) return ALL_NULL;
  let hasNull = 0;
  for (let row = 0; row < n; row++) {
    const part = parts[choiceOf(row)];
    const isRowNull = part === undefined || isNull(part, row) ? 1 : 0;
    nulls[row] = isRowNull;
    hasNull |= isRowNull;
    if (isRowNull === 0) values[row] = part!.values[row]!;
  }
  const some = hasNull === 1 ? nulls : undefined;
  if (typed.every(({ kind }) => kind === 'LONG')) {
    return longs(values, some, Math.min(...typed.map(({ min }) => min)), Math.max(...typed.map(({ max }) => max)));
  }
  return doubles(
    values,
    some,
    typed.some(({ kind, isMixed }) => kind === 'LONG' || isMixed),
  );
}
