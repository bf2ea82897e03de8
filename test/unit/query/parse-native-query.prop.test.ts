import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { DruidError } from '../../../src/common/druid-error.js';
import { parseNativeQuery } from '../../../src/query/parse-native-query.js';

/** Requests that Druid was really sent: changed at random they reach every parser. */
const bodies = (
  JSON.parse(readFileSync(join(import.meta.dirname, 'golden/native-requests.json'), 'utf8')) as {
    readonly body: unknown;
  }[]
).map(({ body }) => body);

const TYPES =
  'selector expression columnComparison inType equals spatial search regex isfalse extraction lookup listFiltered cascade timeFormat stringFormat bucket map fragment join unnest inline query filter restrict union segments nested-field fallback filtered cardinality thetaSketch arrayOfDoublesSketch fixedBucketsHistogram grouping thetaSketchSetOp KllDoublesSketchToQuantile arrayOfDoublesSketchTTest equalBuckets constructor'.split(
    ' ',
  );

const value: fc.Arbitrary<unknown> = fc.oneof(
  fc.constantFrom<unknown>(null, true, 0, -1, 1.5, 2n ** 70n, '', 'x', '(', 'a +', '2015/2016', [], {}, [null], [[]]),
  fc.constantFrom(...TYPES).map((type) => ({ type })),
  fc.record({ type: fc.constantFrom(...TYPES), name: fc.string(), fieldName: fc.string(), dimension: fc.string() }),
  fc.jsonValue({ maxDepth: 3 }),
);

/** The same JSON with the members at some places replaced; `path` chooses at each level. */
function changed(json: unknown, path: readonly number[], replacement: unknown): unknown {
  const [step, ...rest] = path;
  if (step === undefined || typeof json !== 'object' || json === null) return replacement;
  const keys = Object.keys(json);
  if (keys.length === 0) return replacement;
  const key = keys[step % keys.length]!;
  const member = changed((json as Readonly<Record<string, unknown>>)[key], rest, replacement);
  return Array.isArray(json) ? json.with(Number(key), member) : { ...json, [key]: member };
}

function outcome(json: unknown): 'parsed' | 'refused' {
  try {
    const query = parseNativeQuery(json, () => 'id');
    expect(JSON.parse(JSON.stringify(query))).toEqual(query);
    return 'parsed';
  } catch (error) {
    if (error instanceof DruidError) return 'refused';
    throw error;
  }
}

test('arbitrary JSON is parsed, or refused with an error for people', () => {
  fc.assert(fc.property(fc.oneof(value, fc.anything({ maxDepth: 4 })), (json) => void outcome(json)));
});

test('requests with a part replaced are parsed to plain data, or refused with an error for people', () => {
  const path = fc.array(fc.nat(20), { minLength: 1, maxLength: 6 });
  fc.assert(
    fc.property(fc.constantFrom(...bodies), path, value, (body, where, replacement) => {
      outcome(changed(body, where, replacement));
    }),
    { numRuns: 2000 },
  );
});
