import type { DictionarySpaces } from '../engine/spaces/dictionary-spaces.js';
import type { NodeSpaces, SpaceLease } from '../engine/spaces/node-spaces.js';
import type { RemapJob, RemapOutcome } from '../engine/spaces/remap-job.js';
import type { DictionaryRef } from '../memory/block-ref.js';
import type { MemoryRef } from '../memory/memory-ref.js';
import type { ResidentSegment } from '../memory/resident-segment.js';
import type { SegmentSlice, SpaceUse } from '../memory/segment-table.js';
import type { LeafPlan } from '../plan/leaf-plan.js';
import { bindSpaces } from '../vectors/ids-column.js';
import type { IdSpace, Table } from '../vectors/table.js';
import type { BlockLoader, PinnedSlices } from './block-loader.js';

export interface QuerySpacesOptions {
  readonly loader: BlockLoader;
  readonly spaces: NodeSpaces;
  readonly dictionaries: DictionarySpaces;
  readonly run: (job: RemapJob) => Promise<readonly RemapOutcome[]>;
  readonly memory: (arena: number, end: number) => ArrayBufferLike;
}

/** A column of a segment whose ids have no place in the query's space yet. */
interface Unplaced {
  readonly segment: ResidentSegment;
  readonly number: number;
  readonly dictionary: DictionaryRef;
}

/** A remap turned out not to be needed, or not to be possible: its slot goes back. */
class NoRemap extends Error {
  readonly outcome: RemapOutcome;

  constructor(outcome: RemapOutcome) {
    super(outcome);
    this.outcome = outcome;
  }
}

/**
 * The id spaces in which the groups of one query's segments meet as integers, from the first window of it to its last. A single segment is
 * its own space.
 */
export class QuerySpaces {
  readonly #options: QuerySpacesOptions;
  readonly #leases: ReadonlyMap<string, SpaceLease>;

  constructor(plan: LeafPlan, dataSource: string, numSegments: number, options: QuerySpacesOptions) {
    this.#options = options;
    // Groups of made rows meet by text.
    const hasIds = plan.kind === 'grouped' && plan.over === undefined && numSegments > 1;
    const columns = hasIds ? plan.dimensions.map(({ dimension }) => dimension) : [];
    this.#leases = new Map([...new Set(columns)].map((column) => [column, options.spaces.acquire(dataSource, column)]));
  }

  /** The pinned slices with their places in the spaces; those that have none yet get them first. */
  async place(pinned: PinnedSlices): Promise<readonly SegmentSlice[]> {
    if (this.#leases.size === 0) return pinned.slices;
    // Of a segment that is read nowhere nothing is pinned, though its dictionary may still be there.
    const read = pinned.segments.filter((_, i) => pinned.slices[i]!.blocks?.length !== 0);
    for (const [column, lease] of this.#leases) await this.#placeColumn(column, lease, read);
    const uses: Record<string, SpaceUse> = {};
    for (const [column, lease] of this.#leases) uses[column] = lease.use;
    return pinned.slices.map((slice) => ({ ...slice, spaces: uses }));
  }

  /** Gives the ids of partials their spaces, while the segments are still pinned. */
  bind(partials: readonly Table[], pinned: PinnedSlices): Table[] {
    return partials.map((table) => bindSpaces(table, (key) => this.#spaceOf(key, pinned.segments)));
  }

  release(): void {
    for (const lease of this.#leases.values()) lease.release();
  }

  async #placeColumn(column: string, lease: SpaceLease, segments: readonly ResidentSegment[]): Promise<void> {
    const { loader } = this.#options;
    const missing: Unplaced[] = [];
    for (const segment of segments) {
      const number = segment.columnNumber(column);
      const dictionary = segment.dictionary(column);
      if (number === undefined || dictionary === undefined) continue;
      if (loader.space(segment, number)?.key !== lease.key) missing.push({ segment, number, dictionary });
    }
    if (lease.isFull) return;
    await Promise.all(missing.map((unplaced) => this.#placeSegment(unplaced, lease)));
  }

  async #placeSegment({ segment, number, dictionary }: Unplaced, lease: SpaceLease): Promise<void> {
    const { loader, run } = this.#options;
    const fill = async (target: MemoryRef): Promise<void> => {
      const [outcome = 'none'] = await run(lease.job([{ dictionary, target }])).catch((error: unknown) => {
        lease.giveUp();
        throw error;
      });
      if (outcome !== 'remapped') throw new NoRemap(outcome);
    };
    try {
      await loader.putSpace(segment, number, lease.key, (dictionary.size + 1) * 4, fill);
    } catch (error) {
      if (!(error instanceof NoRemap)) throw error;
      if (error.outcome === 'identity') await loader.putSpace(segment, number, lease.key, null, fill);
    }
  }

  #spaceOf(key: string, segments: readonly ResidentSegment[]): IdSpace | undefined {
    for (const lease of this.#leases.values()) if (lease.key === key) return lease.space;
    const { dictionaries, memory } = this.#options;
    for (const segment of segments) {
      const dictionary = segment.dictionaryNamed(key);
      if (dictionary !== undefined) return dictionaries.open(dictionary, memory);
    }
    return undefined;
  }
}
