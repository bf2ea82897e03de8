/** Twins of assembly/sketches.ts. */
import type { KernelSet } from '../kernel-set.js';
import type { TwinMemory } from './twin-memory.js';

export function sketchTwins(memory: TwinMemory): Pick<KernelSet, 'hllUpdate' | 'thetaCollect'> {
  return {
    hllUpdate: (form, key) => (ids, table, selection, n, registers) => {
      const idOf = memory.ids(key, ids);
      const entries = memory.u32(table);
      const ranks = memory.u8(registers);
      for (const row of memory.rows(form, selection, n)) {
        const entry = entries[idOf[row]!]!;
        ranks[entry >>> 8] = Math.max(ranks[entry >>> 8]!, entry & 255);
      }
    },
    thetaCollect: (form, key) => (ids, hashes, theta, selection, n, out) => {
      const idOf = memory.ids(key, ids);
      const hashOf = memory.u64(hashes);
      const limit = memory.u64(theta)[0]!;
      const collected = memory.u64(out);
      let count = 0;
      for (const row of memory.rows(form, selection, n)) {
        const hash = hashOf[idOf[row]!]!;
        if (hash < limit) collected[count++] = hash;
      }
      return count;
    },
  };
}
