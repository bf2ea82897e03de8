/** What the main thread and an engine thread tell each other through their port; columns and segments are named, never copied. */
import type { MessagePort } from 'node:worker_threads';
import type { ArenaHandle } from '../memory/memory-ref.js';
import type { SegmentDefinition } from '../memory/segment-table.js';
import type { LeafPlan } from '../plan/leaf-plan.js';
import type { Table } from '../vectors/table.js';
import type { QuerySegments } from './query-segments.js';
import type { ThreadError } from './thread-error.js';

/** The endless task of a thread. */
export interface ThreadTask {
  /** Place among the pool's threads; a thread that takes another's place has its number. */
  readonly thread: number;
  readonly port: MessagePort;
  /** Int32Array[1]: counted up and notified after each message. */
  readonly wake: SharedArrayBuffer;
  /** See thread-counters.ts. */
  readonly counters: SharedArrayBuffer;
}

/** A query to work on; its arenas and segments were made known before. */
export interface QueryMessage {
  readonly kind: 'query';
  /** Unique in the process while the query runs; owner of its scratch. */
  readonly id: number;
  readonly plan: LeafPlan;
  readonly segments: QuerySegments;
  /** Ids of the arenas that real-time blocks lie in: they may have grown since they were made known. */
  readonly growing: readonly number[];
  readonly home: number;
  readonly priority: number;
  /** Shared words of QueryControl. */
  readonly control: SharedArrayBuffer;
}

export interface JobMessage {
  readonly kind: 'job';
  readonly id: number;
  readonly name: string;
  readonly payload: unknown;
  readonly priority: number;
}

export type ToThread =
  | QueryMessage
  | JobMessage
  | { readonly kind: 'arenas'; readonly handles: readonly ArenaHandle[] }
  | { readonly kind: 'segments'; readonly definitions: readonly SegmentDefinition[] }
  | { readonly kind: 'forget'; readonly segments: readonly number[]; readonly arenas: readonly number[] }
  | { readonly kind: 'close' };

export type FromThread =
  | { readonly kind: 'started'; readonly threadId: number }
  /** A thread that joined has no block left, or has dropped a cancelled query. */
  | {
      readonly kind: 'left';
      readonly id: number;
      readonly partials: readonly Table[];
      readonly rowsScanned: number;
      /** See EngineOutcome; from the last to leave, else 0. */
      readonly rowsSkipped: number;
      /** From the last to leave: how many joined in all; else 0. */
      readonly joined: number;
    }
  | { readonly kind: 'failed'; readonly id: number; readonly error: ThreadError }
  | { readonly kind: 'done'; readonly id: number; readonly result: unknown }
  | { readonly kind: 'jobFailed'; readonly id: number; readonly error: ThreadError };
