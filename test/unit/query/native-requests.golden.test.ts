import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { DruidError } from '../../../src/common/druid-error.js';
import { parseJson } from '../../../src/common/json-read.js';
import type { NativeQuery } from '../../../src/query/native-query.js';
import { parseNativeQuery } from '../../../src/query/parse-native-query.js';

/** A request that a real Druid 33 was sent, and how it answered: what it refused with which words. */
interface Recorded {
  readonly name: string;
  readonly body: unknown;
  readonly status: number;
  readonly error?: Readonly<Record<string, string>>;
  /** The first sentence of an error of Jackson's. */
  readonly problem?: string;
}

const text = readFileSync(join(import.meta.dirname, 'golden/native-requests.json'), 'utf8');
// Bodies are read as requests are: 64-bit integers keep their bits.
const recorded = (parseJson(text) as Recorded[]).map((one) => [one.name, one] as const);
const refused = recorded.filter(([, { status }]) => status >= 400);

test('there are requests of both kinds', () => {
  expect(refused.length).toBeGreaterThan(5);
  expect(recorded.length - refused.length).toBeGreaterThan(200);
});

describe('what Druid answers is parsed to plain data', () => {
  test.each(recorded.filter(([, { status }]) => status === 200))('%s', (_name, { body }) => {
    const query = parseNativeQuery(body, () => 'id');
    expect(structuredClone(query)).toEqual(query);
    expect(JSON.parse(JSON.stringify(query))).toEqual(query);
    expectComputable(query);
  });
});

describe('what Druid refuses is refused in its words', () => {
  test.each(refused)('%s', (_name, { body, status, error, problem }) => {
    const failure = failureOf(body);
    expect([failure?.status, failure?.legacy?.error, failure?.legacy?.errorClass]).toEqual([
      status,
      error?.['error'],
      error?.['errorClass'],
    ]);
    if (error?.['errorCode'] !== undefined) {
      expect([failure?.errorCode, failure?.persona, failure?.category, failure?.message]).toEqual([
        error['errorCode'],
        error['persona'],
        error['category'],
        error['errorMessage'],
      ]);
    } else if (problem?.startsWith('Cannot construct') === true) expect(failure?.message).toBe(problem);
  });
});

function failureOf(body: unknown): DruidError | undefined {
  try {
    parseNativeQuery(body, () => 'id');
    return undefined;
  } catch (error) {
    if (error instanceof DruidError) return error;
    throw error;
  }
}

/** Every virtual column stands after those that it reads. */
function expectComputable({ virtualColumns }: NativeQuery): void {
  const names = virtualColumns.map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
  virtualColumns.forEach((column, i) => {
    const inputs = 'column' in column ? [column.column] : column.type === 'fallback' ? column.columns : [];
    for (const input of inputs) expect(names.indexOf(input)).toBeLessThan(i);
  });
}
