import { beforeEach, describe, expect, test } from 'vitest';
import { IndexingTask, type TaskEvent, type TaskRows } from '../../../src/indexing/stream/indexing-task.js';
import type { FromTask, TaskConfig, ToTask } from '../../../src/indexing/stream/task-messages.js';

type View = Extract<TaskRows, { kind: 'view' }>;

describe('what a task gives back', () => {
  let task: IndexingTask;
  let posted: ToTask[];
  let events: TaskEvent[];
  let answer: (message: FromTask) => void;
  /** Of the views that were asked for, in order. */
  const asked = (): number[] => posted.flatMap((message) => (message.kind === 'view' ? [message.id] : []));
  const given = (kind: 'free' | 'drop'): number[] =>
    posted.flatMap((message) => (message.kind === kind ? [message.sequence] : []));
  const unused = (): number[] => events.flatMap((event) => (event.kind === 'runUnused' ? [event.sequence] : []));

  beforeEach(() => {
    posted = [];
    events = [];
    task = new IndexingTask(
      {} as TaskConfig,
      (event) => events.push(event),
      (_config, { onMessage }) => {
        answer = onMessage;
        return { post: (message) => posted.push(message), terminate: async () => {} };
      },
    );
    task.merged(0);
  });

  /** A view of sequences in memory and on disk, as the thread would answer. */
  async function viewOf(parts: { readonly sequences?: number[]; readonly spilled?: number[] }): Promise<View> {
    const view = task.view({}, null);
    const id = asked().at(-1)!;
    const { sequences = [], spilled = [] } = parts;
    answer({ kind: 'view', id, outcome: 'view', blocks: [], arenas: [], to: {}, sequences, spilled });
    return (await view) as View;
  }

  test('the memory of a spilled sequence, when every view that has its rows is released', async () => {
    const first = await viewOf({ sequences: [0, 1] });
    const second = await viewOf({ sequences: [0, 1] });
    answer({ kind: 'spill', sequence: 0 });
    first.release();
    first.release();
    expect(given('free')).toEqual([]);
    const later = await viewOf({ sequences: [1], spilled: [0] });
    second.release();
    expect(given('free')).toEqual([0]);
    expect(unused()).toEqual([]);
    later.release();
    expect(given('free')).toEqual([0]);
  });

  test('memory that no view has, at once', () => {
    answer({ kind: 'spill', sequence: 0 });
    expect(given('free')).toEqual([0]);
  });

  test('a run, when its sequence is dropped and every view that reads it is released', async () => {
    answer({ kind: 'spill', sequence: 0 });
    const view = await viewOf({ sequences: [1], spilled: [0] });
    task.drop(0);
    expect([given('drop'), unused()]).toEqual([[], []]);
    view.release();
    expect([given('drop'), unused()]).toEqual([[0], [0]]);
  });

  test('nothing while a view is under way that may come to have it', async () => {
    answer({ kind: 'spill', sequence: 0 });
    const view = task.view({}, null);
    task.drop(0);
    expect(given('drop')).toEqual([]);
    answer({ kind: 'view', id: asked()[0]!, outcome: 'refused', reason: 'no such start' });
    await view;
    expect([given('drop'), unused()]).toEqual([[0], [0]]);
  });

  test('after its end, runs that no view reads; the others when they are released', async () => {
    task.merged(1);
    answer({ kind: 'spill', sequence: 0 });
    const view = await viewOf({ spilled: [0] });
    await task.terminate();
    expect(unused()).toEqual([1]);
    view.release();
    expect(unused()).toEqual([1, 0]);
    task.merged(2);
    expect(unused()).toEqual([1, 0, 2]);
  });
});
