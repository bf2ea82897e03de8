import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';

export interface Edit {
  readonly time: string;
  readonly channel: string;
  readonly page: string;
  readonly countryName: string | null;
  readonly isRobot: boolean;
  readonly isNew: boolean;
  readonly added: number;
  readonly delta: number;
}

/** The events that the data source `wikipedia` of the conformance data is made of. */
export function readEdits(): readonly Edit[] {
  const file = join(import.meta.dirname, '../conformance/data/wikiticker-2015-09-12-sampled.json.gz');
  const lines = gunzipSync(readFileSync(file)).toString('utf8').trim().split('\n');
  return lines.map((line) => JSON.parse(line) as Edit);
}

export type Counted = readonly (readonly [string, number])[];

/** Edits by a key, in the order of the keys. */
export function countBy(edits: readonly Edit[], keyOf: (edit: Edit) => string): Counted {
  const counts = new Map<string, number>();
  for (const edit of edits) counts.set(keyOf(edit), (counts.get(keyOf(edit)) ?? 0) + 1);
  return [...counts].sort(([a], [b]) => (a < b ? -1 : 1));
}

/** The answers that clients must get, by the names that the scripts give them. */
export function expectedAnswers(edits: readonly Edit[]): Readonly<Record<string, unknown>> {
  const sum = (of: (edit: Edit) => number): number => edits.reduce((total, edit) => total + of(edit), 0);
  const count = (is: (edit: Edit) => boolean): number => edits.filter(is).length;
  const channels = countBy(edits, ({ channel }) => channel);
  const largest = (counted: Counted, n: number): Counted => [...counted].sort((a, b) => b[1] - a[1]).slice(0, n);
  const times = edits.map(({ time }) => time).sort();
  const robots = edits.filter(({ isRobot }) => isRobot);
  const large = channels.reduce((rows, [, n]) => rows + (n > 1000 ? n : 0), 0);
  return {
    total: [edits.length, sum(({ added }) => added)],
    extremes: [
      edits.reduce((low, { delta }) => Math.min(low, delta), 0),
      edits.reduce((high, { delta }) => Math.max(high, delta), 0),
    ],
    mean: sum(({ added }) => added) / edits.length,
    hourly: countBy(edits, ({ time }) => `${time.slice(0, 13)}:00:00.000Z`),
    topChannels: largest(channels, 5),
    flags: countBy(edits, ({ isRobot, isNew }) => `${isRobot} ${isNew}`).map(([key, rows]) => [
      ...key.split(' '),
      rows,
    ]),
    largeChannels: channels.filter(([, rows]) => rows > 1000),
    humansInEnglish: count(({ channel, isRobot }) => channel === '#en.wikipedia' && !isRobot),
    germanOrFrench: count(({ channel }) => channel === '#de.wikipedia' || channel === '#fr.wikipedia'),
    pagesWithA: count(({ page }) => page.startsWith('A')),
    noCountry: count(({ countryName }) => countryName === null),
    robots: robots.length,
    // The lookup `chan` of the conformance data.
    namedChannels: [
      ['English', '#en.wikipedia'],
      ['French', '#fr.wikipedia'],
      ['German', '#de.wikipedia'],
      ['Japanese', '#ja.wikipedia'],
      ['Russian', '#ru.wikipedia'],
    ].map(([name, channel]) => [name, count((edit) => edit.channel === channel)]),
    timeBoundary: [times[0], times.at(-1)],
    numRows: edits.length,
    search: channels.filter(([channel]) => channel.includes('fr')),
    firstLetters: largest(
      countBy(edits, ({ channel }) => channel.slice(1, 3)),
      3,
    ),
    distinctChannels: channels.length,
    scanned: 3,
    sqlRobots: largest(
      countBy(robots, ({ channel }) => channel),
      3,
    ),
    sqlColumns: ['added', 'deleted', 'delta'],
    error: true,
    hasTable: true,
    editsInLargeChannels: large,
    editsInOtherChannels: edits.length - large,
  };
}
