import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { DruidError } from '../../../src/common/druid-error.js';
import { parseJson } from '../../../src/common/json-read.js';
import { parseNativeQuery } from '../../../src/query/parse-native-query.js';

/** Answers that a real Druid 33 gave to requests with mistakes. */
interface Case {
  readonly request: {
    readonly name: string;
    readonly method: string;
    readonly body?: unknown;
    readonly rawBody?: string;
  };
  readonly response: { readonly status: number; readonly raw: string };
}

const DIRECTORY = join(import.meta.dirname, '../../conformance/cases/native-error');

/** Found while the query runs, or before its body is read. */
const NOT_IN_THE_BODY = new Set(['timeout-1ms', 'wrong-content-type']);

const cases = readdirSync(DIRECTORY)
  .map((file) => JSON.parse(readFileSync(join(DIRECTORY, file), 'utf8')) as Case)
  .filter(({ request }) => request.method === 'POST' && !NOT_IN_THE_BODY.has(request.name))
  .map((one) => [one.request.name, one] as const);

function failureOf(request: Case['request']): DruidError | undefined {
  try {
    parseNativeQuery(request.rawBody === undefined ? request.body : parseJson(request.rawBody), () => 'id');
    return undefined;
  } catch (error) {
    if (error instanceof DruidError) return error;
    throw error;
  }
}

test('there are cases to run', () => {
  expect(cases.length).toBeGreaterThan(40);
});

describe('Druid answers the same', () => {
  test.each(cases)('%s', (_name, { request, response }) => {
    const failure = failureOf(request);
    if (response.status === 200) {
      expect(failure).toBeUndefined();
      return;
    }
    const body = JSON.parse(response.raw) as Readonly<Record<string, unknown>>;
    expect([failure?.status, failure?.legacy?.error, failure?.legacy?.errorClass]).toEqual([
      response.status,
      body['error'],
      body['errorClass'],
    ]);
    // Bodies that Jackson refuses carry no codes, and its texts name its own classes.
    if (body['errorCode'] === undefined) return;
    expect([failure?.errorCode, failure?.persona, failure?.category, failure?.message]).toEqual([
      body['errorCode'],
      body['persona'],
      body['category'],
      body['errorMessage'],
    ]);
  });
});
