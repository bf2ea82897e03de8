/** Twins of assembly/pick-rows.ts. */
import type { IntType, KernelSet, KeyWidth, PickKernel, Pointer, SelectionForm } from '../kernel-set.js';
import type { TwinMemory } from './twin-memory.js';

/** Whether a row wins over the one before it. */
type Wins = (times: (row: number) => bigint, row: number, before: number) => boolean;

export function pickTwins(
  memory: TwinMemory,
): Pick<KernelSet, 'pickFirst' | 'pickLast' | 'pickEarliest' | 'pickLatest'> {
  return {
    pickFirst: (form, key) => pickKernel(memory, form, key, null, () => false),
    pickLast: (form, key) => pickKernel(memory, form, key, null, () => true),
    pickEarliest: (form, key, time) =>
      pickKernel(memory, form, key, time, (times, row, before) => times(row) < times(before)),
    pickLatest: (form, key, time) =>
      pickKernel(memory, form, key, time, (times, row, before) => times(row) >= times(before)),
  };
}

function pickKernel(
  memory: TwinMemory,
  form: SelectionForm,
  key: KeyWidth,
  type: IntType | null,
  wins: Wins,
): PickKernel {
  return (keys, times, selection, n, keyBase, winners: Pointer, picked: Pointer) => {
    const keyOf = memory.ids(key, keys);
    const timeOf = type === null ? () => 0n : memory.intValues(type, times, 0);
    const winnerOf = memory.u32(winners);
    const groups: number[] = [];
    for (const row of memory.rows(form, selection, n)) {
      const group = keyOf[row]! + keyBase;
      const before = winnerOf[group]! - 1;
      if (before < 0) groups.push(group);
      if (before < 0 || wins(timeOf, row, before)) winnerOf[group] = row + 1;
    }
    memory.u32(picked).set([groups.length, ...groups]);
    return groups.length;
  };
}
