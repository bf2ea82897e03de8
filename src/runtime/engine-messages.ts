/** What the main thread and an engine thread say to each other. Columns are named, never copied. */
import type { MessagePort } from 'node:worker_threads';
import type { DruidErrorOptions } from '../common/druid-error.js';
import type { SegmentBlocks } from '../memory/block-ref.js';
import type { ArenaHandle } from '../memory/memory-ref.js';
import type { SegmentDefinition } from '../memory/segment-table.js';
import type { LeafPlan } from '../plan/leaf-plan.js';
import type { Table } from '../vectors/table.js';

/** A segment of a task: blocks named one by one (real time), or a slice of a segment that the thread knows by number. */
export type TaskPart =
  | { readonly blocks: SegmentBlocks }
  | { readonly definition: number; readonly numbers: Int32Array | null; readonly hasSpaces: boolean };

export interface QueryMessage {
  readonly kind: 'query';
  /** Also the owner of the query's scratch. */
  readonly id: number;
  readonly plan: LeafPlan;
  readonly parts: readonly TaskPart[];
  /** Id spaces of the slices, copied once. */
  readonly spaces: Readonly<Record<string, { readonly key: string; readonly size: number }>> | null;
  readonly home: number;
  /** Arenas that only this query needs: real time. */
  readonly arenas: readonly ArenaHandle[];
  readonly words: SharedArrayBuffer;
  readonly priority: number;
}

export type ToThread =
  /** Arenas that stay. */
  | { readonly kind: 'arenas'; readonly arenas: readonly ArenaHandle[] }
  | { readonly kind: 'define'; readonly definitions: readonly SegmentDefinition[] }
  | { readonly kind: 'forget'; readonly ids: readonly number[] }
  | QueryMessage
  | { readonly kind: 'job'; readonly id: number; readonly name: string; readonly payload: unknown }
  | { readonly kind: 'close' };

export type FromThread =
  | { readonly kind: 'started'; readonly threadId: number }
  /** The thread has no part in the query any more. `total`: it was the last, and this is what lay in the exchange. */
  | { readonly kind: 'left'; readonly id: number; readonly partial: Table | null; readonly total: Table | null }
  | { readonly kind: 'failed'; readonly id: number; readonly error: ErrorImage }
  | { readonly kind: 'done'; readonly id: number; readonly result: unknown }
  | { readonly kind: 'jobFailed'; readonly id: number; readonly error: ErrorImage };

/** What a thread is started with. */
export interface ThreadSetup {
  /** Its number in the pool. */
  readonly thread: number;
  readonly port: MessagePort;
  /** Word 0 is incremented and notified with every message. */
  readonly wake: SharedArrayBuffer;
  readonly kernels: WebAssembly.Module;
}

/** An error as plain data: a class does not survive the way between threads. */
export interface ErrorImage {
  readonly message: string;
  readonly stack: string | undefined;
  /** Of a DruidError. */
  readonly options: Omit<DruidErrorOptions, 'cause'> | undefined;
}
