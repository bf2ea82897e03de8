import type { Language } from './run-query.js';

/** Queries to start from. */
export interface Example {
  readonly title: string;
  readonly language: Language;
  readonly text: string;
}

/** For a data source, by the names of its first columns of text and of numbers. */
export function examplesFor(source: string, text: string | undefined, number: string | undefined): readonly Example[] {
  const table = `"${source.replaceAll('"', '""')}"`;
  const examples: Example[] = [
    {
      title: 'Events per minute',
      language: 'sql',
      text: `SELECT TIME_FLOOR(__time, 'PT1M') AS "minute", COUNT(*) AS events\nFROM ${table}\nWHERE __time > CURRENT_TIMESTAMP - INTERVAL '1' HOUR\nGROUP BY 1\nORDER BY 1`,
    },
    { title: 'Newest rows', language: 'sql', text: `SELECT *\nFROM ${table}\nORDER BY __time DESC\nLIMIT 100` },
  ];
  if (text !== undefined) {
    const sum = number === undefined ? '' : `, SUM("${number}") AS "sum of ${number}"`;
    examples.push(
      {
        title: `Top ${text}`,
        language: 'sql',
        text: `SELECT "${text}", COUNT(*) AS events${sum}\nFROM ${table}\nGROUP BY 1\nORDER BY 2 DESC\nLIMIT 20`,
      },
      {
        title: `Top ${text}, natively`,
        language: 'native',
        text: JSON.stringify(
          {
            queryType: 'topN',
            dataSource: source,
            intervals: '1970-01-01/3000-01-01',
            granularity: 'all',
            dimension: text,
            metric: 'events',
            threshold: 10,
            aggregations: [{ type: 'count', name: 'events' }],
          },
          null,
          2,
        ),
      },
    );
  }
  return examples;
}
