import { isDeepStrictEqual } from 'node:util';
import { invalidInput } from '../../common/druid-error.js';
import type { MetadataStore, SupervisorRow } from '../../metadata/metadata-store.js';
import type { MetadataView } from '../../metadata/metadata-view.js';
import type { OffsetVector } from '../../metadata/offset-vector.js';
import type { Clock } from '../../platform/clock.js';
import { noHistory, unknownId } from './overlord-error.js';
import { parseHandOffGroups, parseResetOffsets } from './supervisor-requests.js';
import type { SupervisorRuntime } from './supervisor-runtime.js';
import {
  healthOf,
  type SupervisorHealth,
  type SupervisorOutline,
  supervisorStats,
  type SupervisorStats,
  type SupervisorStatus,
  supervisorStatus,
} from './supervisor-status.js';

/** A supervisor spec as its parser understands it. */
export interface ReadSpec extends SupervisorOutline {
  readonly type: string;
  /** With every default filled in: what Druid shows for the spec. */
  readonly shown: unknown;
}

export interface SupervisorsOptions {
  readonly store: Pick<
    MetadataStore,
    'putSupervisor' | 'removeSupervisor' | 'supervisorHistory' | 'supervisorsEver' | 'resetOffsets'
  >;
  readonly view: Pick<MetadataView, 'refresh' | 'supervisors'>;
  readonly runtime: SupervisorRuntime;
  readonly clock: Clock;
  /** Checks a submitted spec. @throws DruidError INVALID_INPUT, UNSUPPORTED */
  readonly read: (json: unknown) => ReadSpec;
}

export type ListForm = 'ids' | 'full' | 'state' | 'system';
export interface ListedSupervisor extends SupervisorHealth {
  readonly id: string;
  readonly suspended: boolean;
  readonly spec?: unknown;
  readonly specString?: string;
  readonly type?: string;
  readonly source?: string;
}

/**
 * Druid's supervisor API over the metadata store, apart from HTTP: what it stores is what the indexing nodes follow. Nothing is
 * told to them directly, so a change works the same whichever node was asked.
 *
 * @source Druid `SupervisorResource.java`
 */
export class Supervisors {
  readonly #options: SupervisorsOptions;

  constructor(options: SupervisorsOptions) {
    this.#options = options;
  }

  /**
   * Creates a supervisor, or replaces the one with the spec's id.
   *
   * @param skipIfUnmodified leaves one that has this very spec alone
   */
  async submit(json: unknown, skipIfUnmodified: boolean): Promise<{ readonly id: string }> {
    const { id, dataSource, suspended } = this.#options.read(json);
    const unmodified = skipIfUnmodified && isDeepStrictEqual((await this.#find(id))?.spec, json);
    if (!unmodified) await this.#options.store.putSupervisor({ id, dataSource, spec: json, suspended });
    return { id };
  }

  async ids(): Promise<readonly string[]> {
    return (await this.#all()).map((row) => row.id);
  }

  async list(form: Exclude<ListForm, 'ids'>): Promise<readonly ListedSupervisor[]> {
    return Promise.all((await this.#all()).map((row) => this.#listed(row, form)));
  }

  async spec(id: string): Promise<unknown> {
    return this.#read(await this.#known(id)).shown;
  }

  async status(id: string): Promise<SupervisorStatus> {
    const outline = this.#read(await this.#known(id));
    return supervisorStatus(outline, await this.#options.runtime.activity(id), this.#options.clock.nowMs());
  }

  /** Answered with status 503 when not healthy. */
  async health(id: string): Promise<{ readonly healthy: boolean }> {
    const outline = this.#read(await this.#known(id));
    const { healthy } = healthOf(outline, await this.#options.runtime.activity(id));
    return { healthy };
  }

  async stats(id: string): Promise<SupervisorStats> {
    await this.#known(id);
    return supervisorStats(await this.#options.runtime.activity(id));
  }

  async parseErrors(id: string): Promise<readonly unknown[]> {
    await this.#known(id);
    return (await this.#options.runtime.activity(id)).flatMap((group) => group.parseErrors);
  }

  /** Of terminated supervisors too. */
  async history(id: string): Promise<readonly { readonly spec: unknown; readonly version: string }[]> {
    const history = await this.#options.store.supervisorHistory(id);
    if (history.length === 0) throw noHistory(id);
    return history.map(({ spec, version }) => ({ spec: this.#shown(spec), version }));
  }

  /** Of all supervisors that there ever were, by id. */
  async histories(): Promise<Readonly<Record<string, Awaited<ReturnType<Supervisors['history']>>>>> {
    const ids = await this.#options.store.supervisorsEver();
    return Object.fromEntries(await Promise.all(ids.map(async (id) => [id, await this.history(id)] as const)));
  }

  /** @returns the spec as it is then */
  async suspend(id: string): Promise<unknown> {
    const row = await this.#known(id);
    if (row.suspended) throw invalidInput(`[${id}] is already suspended`);
    return this.#setSuspended(row, true);
  }

  async resume(id: string): Promise<unknown> {
    const row = await this.#known(id);
    if (!row.suspended) throw invalidInput(`[${id}] is already running`);
    return this.#setSuspended(row, false);
  }

  async terminate(id: string): Promise<{ readonly id: string }> {
    if (!(await this.#options.store.removeSupervisor(id))) throw unknownId('supervisor', id);
    return { id };
  }

  /** Forgets the stored offsets: reading begins again where the spec says. Rows read but not published are gone. */
  async reset(id: string): Promise<{ readonly id: string }> {
    await this.#known(id);
    await this.#options.store.resetOffsets(id);
    return { id };
  }

  /** Sets the offsets of some partitions. Rows read but not published are gone. */
  async resetOffsets(id: string, json: unknown): Promise<{ readonly id: string }> {
    const spec = this.#read(await this.#known(id));
    const offsets: OffsetVector = parseResetOffsets(json, spec.type, spec.stream);
    await this.#checkPartitions(id, spec.stream, Object.keys(offsets));
    await this.#options.store.resetOffsets(id, offsets);
    return { id };
  }

  async handOff(id: string, json: unknown): Promise<void> {
    await this.#known(id);
    await this.#options.runtime.handOff(id, parseHandOffGroups(json));
  }

  async suspendAll(): Promise<{ readonly status: 'success' }> {
    for (const row of await this.#all()) if (!row.suspended) await this.#setSuspended(row, true);
    return { status: 'success' };
  }

  async resumeAll(): Promise<{ readonly status: 'success' }> {
    for (const row of await this.#all()) if (row.suspended) await this.#setSuspended(row, false);
    return { status: 'success' };
  }

  async terminateAll(): Promise<{ readonly status: 'success' }> {
    for (const row of await this.#all()) await this.#options.store.removeSupervisor(row.id);
    return { status: 'success' };
  }

  /** A partition that the stream has not would be waited for, for ever. Nothing is known while no group is read. */
  async #checkPartitions(id: string, stream: string, partitions: readonly string[]): Promise<void> {
    const groups = await this.#options.runtime.activity(id);
    const known = new Set(
      groups.flatMap(({ latestOffsets = {}, currentOffsets }) => [
        ...Object.keys(latestOffsets),
        ...Object.keys(currentOffsets),
      ]),
    );
    const unknown = partitions.filter((partition) => !known.has(partition));
    if (known.size === 0 || unknown.length === 0) return;
    throw invalidInput(`Stream [${stream}] has no partitions [${unknown.join(', ')}]`);
  }

  async #listed(row: SupervisorRow, form: Exclude<ListForm, 'ids'>): Promise<ListedSupervisor> {
    const spec = this.#read(row);
    const health = healthOf(spec, await this.#options.runtime.activity(row.id));
    const listed = { id: row.id, ...health, suspended: row.suspended };
    if (form === 'state') return listed;
    if (form === 'full') return { id: row.id, ...health, spec: spec.shown, suspended: row.suspended };
    const { type, stream } = spec;
    return {
      id: row.id,
      ...health,
      specString: JSON.stringify(spec.shown),
      type,
      source: stream,
      suspended: row.suspended,
    };
  }

  async #setSuspended(row: SupervisorRow, suspended: boolean): Promise<unknown> {
    const spec = { ...(row.spec as Readonly<Record<string, unknown>>), suspended };
    await this.#options.store.putSupervisor({ id: row.id, dataSource: row.dataSource, spec, suspended });
    return this.#options.read(spec).shown;
  }

  #read(row: SupervisorRow): ReadSpec {
    return this.#options.read(row.spec);
  }

  /** History may hold what this version cannot read, and the tombstones of terminated supervisors: shown as stored. */
  #shown(spec: unknown): unknown {
    try {
      return this.#options.read(spec).shown;
    } catch {
      return spec;
    }
  }

  async #known(id: string): Promise<SupervisorRow> {
    const row = await this.#find(id);
    if (row === undefined) throw unknownId('supervisor', id);
    return row;
  }

  async #find(id: string): Promise<SupervisorRow | undefined> {
    return (await this.#all()).find((row) => row.id === id);
  }

  /** As of now: whoever has just made a change, on any node, sees it. */
  async #all(): Promise<readonly SupervisorRow[]> {
    const { view } = this.#options;
    await view.refresh();
    return [...view.supervisors()].sort((a, b) => (a.id < b.id ? -1 : 1));
  }
}
