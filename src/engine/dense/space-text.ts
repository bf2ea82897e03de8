import type { RunContext } from '../run.js';
import type { LayoutSpace, TaskSpaces } from './group-layout.js';

/** Strings of ids in shared spaces, by way of the dictionaries of the segments that were mapped to them: for when groups cannot meet as ids. */
export class SpaceText {
  readonly #context: RunContext;
  readonly #spaces: TaskSpaces;
  readonly #columns: readonly string[];
  readonly #byKey = new Map<string, (id: number) => string>();

  constructor(context: RunContext, spaces: TaskSpaces, columns: readonly string[]) {
    this.#context = context;
    this.#spaces = spaces;
    this.#columns = columns;
  }

  valueOf(space: LayoutSpace, dimension: number): (id: number) => string {
    const { dictionary } = space;
    if (dictionary !== null) return (id) => dictionary.value(id);
    const key = `${dimension} ${space.key}`;
    let known = this.#byKey.get(key);
    if (known === undefined) {
      known = this.#invert(space, dimension);
      this.#byKey.set(key, known);
    }
    return known;
  }

  #invert(space: LayoutSpace, dimension: number): (id: number) => string {
    const column = this.#columns[dimension]!;
    const segmentOf = new Int32Array(space.size + 1).fill(-1);
    const localOf = new Uint32Array(space.size + 1);
    this.#context.segments.forEach((segment, index) => {
      const shared = segment.spaces?.[column];
      const size = this.#spaces.own(index, dimension)?.size;
      if (shared?.key !== space.key || size === undefined) return;
      const remap =
        shared.remap === null
          ? null
          : new Uint32Array(
              this.#context.buffer(shared.remap.arena, shared.remap.offset + 4 * (size + 1)),
              shared.remap.offset,
              size + 1,
            );
      for (let local = 1; local <= size; local++) {
        const id = remap === null ? local : remap[local]!;
        segmentOf[id] = index;
        localOf[id] = local;
      }
    });
    return (id) => this.#spaces.own(segmentOf[id]!, dimension)!.dictionary!.value(localOf[id]!);
  }
}
