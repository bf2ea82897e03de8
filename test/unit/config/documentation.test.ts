/** docs/configuration.md says of each option what the program says. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { describeConfig } from '../../../src/config/describe-config.js';
import { readDruidEnvironment } from '../../../src/config/druid-environment.js';

const DOCUMENT = readFileSync(new URL('../../../docs/configuration.md', import.meta.url), 'utf8');

/** Cells of the rows whose first cell begins like this, without the marks of code. */
function rows(beginning: string): string[][] {
  return DOCUMENT.split('\n')
    .filter((line) => line.startsWith(`| ${beginning}`))
    .map((line) => line.split(' | ').map((cell) => cell.replaceAll(/^\| |`/g, '')));
}

test('every option is in the table with its flag, variable and default, in order, and nothing else is', () => {
  const documented = rows('`--').map((cells) => cells.slice(0, 3));
  const known = describeConfig().map(({ flags, environment, defaultText }) => [flags, environment, defaultText]);
  expect(documented).toEqual(known);
});

test('every druid_ variable of the table is read', () => {
  const names = rows('`druid_').flatMap((cells) => cells[0]!.match(/druid_\w+/g) ?? []);
  expect(names.length).toBeGreaterThan(8);
  expect(readDruidEnvironment(Object.fromEntries(names.map((name) => [name, '1']))).ignored).toEqual([]);
});
