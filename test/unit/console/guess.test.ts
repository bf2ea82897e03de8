import { describe, expect, test } from 'vitest';
import { guessFormat, guessName, guessTime, guessTypes } from '../../../src/console/ingestion/guess.js';
import { loadSpec, sampleSpec } from '../../../src/console/ingestion/load-spec.js';

describe('guesses about data', () => {
  test('the format is that of the first line', () => {
    expect(guessFormat('\n{"a":1}').type).toBe('json');
    expect(guessFormat('a,b\n1,2').type).toBe('csv');
    expect(guessFormat('a\tb,c\n1\t2').type).toBe('tsv');
  });

  test('the time is the column in which every row has one, by its name before others', () => {
    expect(guessTime([{ born: '2020-01-01', ts: '2026-01-01T00:00:00Z' }])).toEqual({ column: 'ts', format: 'auto' });
    expect(guessTime([{ born: '2020-01-01', ts: 'soon' }])).toEqual({ column: 'born', format: 'auto' });
    expect(guessTime([{ at: 1_700_000_000 }])).toEqual({ column: 'at', format: 'posix' });
    expect(guessTime([{ at: '1700000000000' }])).toEqual({ column: 'at', format: 'auto' });
    expect(guessTime([{ n: 3, city: 'Rome', zip: '2026' }])).toBeUndefined();
    expect(guessTime([{ ts: '2026-01-01T00:00:00Z' }, { ts: '-' }])).toBeUndefined();
  });

  test('text that is written as numbers becomes numbers, and codes with zeros before them do not', () => {
    const rows = [
      { whole: '12', part: '1.5', code: '007', none: '' },
      { whole: '-3', part: '2', code: '12', none: '' },
    ];
    const columns = ['whole', 'part', 'code', 'none'].map((name) => ({ name, type: 'string' }));
    expect(guessTypes(columns, rows).map(({ type }) => type)).toEqual(['long', 'double', 'string', 'string']);
  });

  test('a name has no ending and nothing that an address would change', () => {
    expect(guessName('city sales (2).csv')).toBe('city_sales_2_');
    expect(guessName('events.json.gz')).toBe('events');
  });
});

describe('specs', () => {
  const text = `{"t":1}\n`.repeat(100_000);
  const load = {
    source: { kind: 'file', name: 'f', text },
    format: { type: 'json' },
    dataSource: 'd',
    time: { column: 't', format: 'auto' },
    columns: [{ name: 'a', type: 'long' }],
    segmentGranularity: 'day',
  } as const;
  interface Inline {
    readonly spec: { readonly ioConfig: { readonly inputSource: { readonly data: string } } };
  }

  test('the task has the whole file, the sample whole lines of its begin', () => {
    expect((loadSpec(load) as Inline).spec.ioConfig.inputSource.data).toBe(text);
    const sampled = (sampleSpec(load) as Inline).spec.ioConfig.inputSource.data;
    expect(sampled.length).toBeLessThan(text.length / 2);
    expect(sampled.split('\n').every((line) => line === '{"t":1}')).toBe(true);
  });

  test('a topic becomes a supervisor that reads it from its begin', () => {
    const source = { kind: 'kafka', servers: 'k:9092', topic: 'events' } as const;
    expect(loadSpec({ ...load, source })).toMatchObject({
      type: 'kafka',
      spec: {
        ioConfig: { topic: 'events', consumerProperties: { 'bootstrap.servers': 'k:9092' }, useEarliestOffset: true },
      },
    });
  });
});
