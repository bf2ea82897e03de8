import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { prettyJson } from '../../../../../src/server/http/encode/pretty-json.js';

const CASES = join(import.meta.dirname, '../../../../conformance/cases/pretty');

describe("Druid's recorded ?pretty answers", () => {
  for (const file of readdirSync(CASES)) {
    test(file, () => {
      const { response } = JSON.parse(readFileSync(join(CASES, file), 'utf8')) as { response: { raw: string } };
      const pretty = response.raw.trimEnd();
      const compact = pretty.replace(/("(?:[^"\\]|\\.)*")|\s+/g, '$1');
      expect(compact).not.toBe(pretty);
      expect(prettyJson(compact)).toBe(pretty);
    });
  }
});

test.each([
  ['[]', '[ ]'],
  ['{}', '{ }'],
  ['[{}]', '[ { } ]'],
  ['[ ]', '[ ]'],
  ['{"a":[]}', '{\n  "a" : [ ]\n}'],
  ['[{"a":1},{"a":[1,{"b":null}]}]', '[ {\n  "a" : 1\n}, {\n  "a" : [ 1, {\n    "b" : null\n  } ]\n} ]'],
])('%s', (compact, pretty) => {
  expect(prettyJson(compact)).toBe(pretty);
});

test('texts and numbers stay as they are written', () => {
  const values = ['"[  ]{ },:\\"\\\\"', '9223372036854775807', '1.0', '1.0E20', '"\\uD83D\\uDE00"', '"é"', '""'];
  expect(prettyJson(`[${values.join(',')}]`)).toBe(`[ ${values.join(', ')} ]`);
});

test('a text of millions of characters is no trouble', () => {
  const long = JSON.stringify('x\\"'.repeat(1_000_000));
  expect(prettyJson(`[${long}]`)).toBe(`[ ${long} ]`);
});
