/** Four rows: an ordinary one, one of edges, an empty one, and one of nulls. */
export const SAMPLE_ROWS: readonly Readonly<Record<string, unknown>>[] = [
  {
    time: '2024-01-31T10:20:30.123Z',
    id: 1,
    s: 'a',
    n: 10,
    d: 1.5,
    mv: ['a', 'b', 'c'],
    ip: '10.1.2.3',
    j: { a: 1, b: { c: ['x', 'y'] }, e: 2.5, f: true },
    la: [1, 2, 3],
    sa: ['a', 'b', null],
  },
  {
    time: '2024-02-29T23:59:59.999Z',
    id: 2,
    s: 'Bc',
    n: -3,
    d: -2.25,
    mv: ['b'],
    ip: '192.168.255.1',
    j: { a: 'text', b: null },
    la: [3],
    sa: ['a'],
  },
  { time: '2024-03-10T00:00:00.000Z', id: 3, s: '', n: 0, d: 0, mv: [], ip: '', j: {}, la: [], sa: [] },
  {
    time: '2024-03-10T00:00:00.000Z',
    id: 4,
    s: null,
    n: null,
    d: null,
    mv: null,
    ip: null,
    j: null,
    la: null,
    sa: null,
  },
];

export function sampleStatement(): string {
  const lines = SAMPLE_ROWS.map((row) => `'${JSON.stringify(row).replaceAll("'", "''")}'`).join(', ');
  return `REPLACE INTO t OVERWRITE ALL
    SELECT TIME_PARSE("time") AS __time, id, s, n, d, ARRAY_TO_MV(mv) AS mv, ip, j, la, sa
    FROM TABLE(INLINE(data => ARRAY[${lines}], format => 'json'))
      ("time" VARCHAR, id BIGINT, s VARCHAR, n BIGINT, d DOUBLE, mv VARCHAR ARRAY, ip VARCHAR, j TYPE('COMPLEX<json>'),
       la BIGINT ARRAY, sa VARCHAR ARRAY)
    PARTITIONED BY ALL CLUSTERED BY id`;
}
