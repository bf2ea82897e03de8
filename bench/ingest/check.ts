/** Whether rows hold all events: the sums, and the events of each land. */
import { inputFromSegmentDirectory } from '../../src/segments/merge/segment-input.js';
import type { ColumnVector } from '../../src/vectors/block.js';
import { openBlock } from '../../src/vectors/block-view.js';
import type { Events } from './events.js';
import type { Taken } from './intake.js';

/** @throws Error naming what differs */
export function checkRows(events: Events, { blocks, arena }: Taken): void {
  const found = new Found();
  for (const { blocks: refs } of blocks) {
    for (const ref of refs) {
      const block = openBlock(ref, () => arena.buffer);
      found.add(
        ['land', 'n', 'add'].map((name) => block.column(name)),
        block.numRows,
      );
    }
  }
  found.compare(events);
}

/** @throws Error naming what differs */
export async function checkSegments(events: Events, directories: readonly string[]): Promise<void> {
  const found = new Found();
  for (const directory of directories) {
    const input = await inputFromSegmentDirectory(directory);
    const columns = await Promise.all(['land', 'n', 'add'].map((name) => input.column(name)));
    input.blockRows.forEach((numRows, block) =>
      found.add(
        columns.map((vectors) => vectors[block]),
        numRows,
      ),
    );
    await input.close();
  }
  found.compare(events);
}

export function checkSum(events: Events, sum: number): void {
  if (sum !== events.sums.add) throw new Error(`The sum is ${sum}, not ${events.sums.add}`);
}

class Found {
  readonly #byLand = new Map<string, number>();
  #sum = 0;

  add([land, n, add]: readonly (ColumnVector | undefined)[], numRows: number): void {
    if (land?.kind !== 'string' || n?.kind !== 'long' || add?.kind !== 'long') throw new Error('A column is missing');
    const counts = new Float64Array(land.dictionary.size + 1);
    for (let row = 0; row < numRows; row++) {
      counts[land.ids[row]!]! += n.base + Number(n.values[row]);
      this.#sum += add.base + Number(add.values[row]);
    }
    for (let id = 1; id < counts.length; id++) {
      const name = land.dictionary.value(id);
      this.#byLand.set(name, (this.#byLand.get(name) ?? 0) + counts[id]!);
    }
  }

  compare(events: Events): void {
    checkSum(events, this.#sum);
    for (const [land, count] of events.byLand) {
      const found = this.#byLand.get(land);
      if (found !== count) throw new Error(`Land [${land}] has ${found} events, not ${count}`);
    }
  }
}
