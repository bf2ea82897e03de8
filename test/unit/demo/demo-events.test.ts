import { describe, expect, test } from 'vitest';
import { DemoEvents } from '../../../src/demo/demo-events.js';
import { editorName, pageTitle } from '../../../src/demo/demo-names.js';
import { DEMO_SUPERVISOR_SPEC } from '../../../src/demo/demo-spec.js';
import { SeededRandomness } from '../../../src/platform/randomness.js';

interface Edit {
  readonly time: string;
  readonly channel: string;
  readonly page: string;
  readonly country: string | null;
  readonly city: string | null;
  readonly tags: readonly string[] | null;
  readonly comment: string | null;
  readonly added: number;
  readonly deleted: number;
  readonly delta: number;
}

const AT_MS = Date.UTC(2024, 5, 1, 12);
const COUNT = 20_000;
const events = new DemoEvents(new SeededRandomness(7));
const edits = Array.from({ length: COUNT }, () => JSON.parse(events.line(AT_MS)) as Edit);

describe('demo events', () => {
  test('every line is one JSON object with exactly the columns that the demo spec reads', () => {
    const { dataSchema } = DEMO_SUPERVISOR_SPEC.spec;
    const read = dataSchema.dimensionsSpec.dimensions.map((column) =>
      typeof column === 'string' ? column : column.name,
    );
    const wanted = [dataSchema.timestampSpec.column, ...read].sort();
    for (const edit of edits.slice(0, 1000)) expect(Object.keys(edit).sort()).toEqual(wanted);
    expect(events.line(AT_MS)).not.toContain('\n');
  });

  test('a few channels and pages are busy, and the tail is long', () => {
    const channels = counts(edits.map((edit) => edit.channel));
    const pages = counts(edits.map((edit) => edit.page));
    expect(share(channels, 1)).toBeGreaterThan(0.15);
    expect(share(channels, 1)).toBeLessThan(0.3);
    expect(share(pages, 1)).toBeGreaterThan(0.02);
    expect(share(pages, 1)).toBeLessThan(0.06);
    expect(share(pages, 10)).toBeLessThan(0.3);
    expect(pages.length).toBeGreaterThan(3000);
  });

  test('about one in a hundred is late, by up to ten minutes, and none is early', () => {
    const late = edits.map((edit) => AT_MS - Date.parse(edit.time)).filter((ms) => ms !== 0);
    expect(late.length / COUNT).toBeGreaterThan(0.006);
    expect(late.length / COUNT).toBeLessThan(0.014);
    expect(Math.min(...late)).toBeGreaterThan(0);
    expect(Math.max(...late)).toBeLessThanOrEqual(600_000);
  });

  test('values are missing, and tags have none, one or two different values', () => {
    for (const key of ['country', 'city', 'tags', 'comment'] as const) {
      const missing = edits.filter((edit) => edit[key] === null).length;
      expect(missing, key).toBeGreaterThan(COUNT * 0.1);
      expect(missing, key).toBeLessThan(COUNT * 0.95);
    }
    expect(new Set(edits.map((edit) => edit.tags?.length ?? 0))).toEqual(new Set([0, 1, 2]));
    expect(edits.every((edit) => edit.tags === null || new Set(edit.tags).size === edit.tags.length)).toBe(true);
    expect(edits.every((edit) => edit.city === null || edit.country !== null)).toBe(true);
  });

  test('delta is what was added less what was deleted', () => {
    expect(edits.every((edit) => edit.delta === edit.added - edit.deleted)).toBe(true);
  });

  test('each page and each editor has a name of its own', () => {
    const numbers = Array.from({ length: 20_000 }, (_, number) => number);
    expect(new Set(numbers.map(pageTitle)).size).toBe(numbers.length);
    expect(new Set(numbers.map(editorName)).size).toBe(numbers.length);
  });
});

function counts(values: readonly string[]): number[] {
  const byValue = new Map<string, number>();
  for (const value of values) byValue.set(value, (byValue.get(value) ?? 0) + 1);
  return [...byValue.values()].sort((a, b) => b - a);
}

function share(sorted: readonly number[], top: number): number {
  return sorted.slice(0, top).reduce((sum, count) => sum + count, 0) / COUNT;
}
