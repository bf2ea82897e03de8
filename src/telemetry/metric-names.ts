/** Every metric that Millrace reports. Units are in the names; labels have few values. */

interface Definition {
  readonly help: string;
  readonly labels: readonly string[];
}

export const COUNTERS = {
  millrace_queries_total: { help: 'Queries by type and outcome (success, failed)', labels: ['type', 'outcome'] },
  millrace_query_rows_scanned_total: { help: 'Rows that queries looked at', labels: ['type'] },
  millrace_corruptions_total: { help: 'Checksums that did not match', labels: ['data_source'] },
  millrace_ingest_persist_failures_total: {
    help: 'Attempts to write rows in memory as sorted runs on disk that failed',
    labels: ['data_source'],
  },
  millrace_http_requests_total: { help: 'HTTP responses', labels: ['method', 'status'] },
} as const satisfies Readonly<Record<string, Definition>>;

export const HISTOGRAMS = {
  millrace_query_seconds: { help: 'Time from request to complete answer', labels: ['type'] },
  millrace_ingest_persist_seconds: {
    help: 'Time to write rows in memory as a sorted run on disk, and for its turn',
    labels: ['data_source'],
  },
} as const satisfies Readonly<Record<string, Definition>>;

export const GAUGES = {
  millrace_ingest_rows: {
    help: 'Rows that the running stream tasks have read, by outcome (processed, processedWithError, thrownAway, unparseable)',
    labels: ['supervisor', 'outcome'],
  },
  millrace_ingest_bytes: { help: 'Bytes of records that the running stream tasks have read', labels: ['supervisor'] },
  millrace_ingest_unpublished_sequences: {
    help: 'Closed sequences that are being merged, pushed or published',
    labels: ['supervisor'],
  },
  millrace_ingest_memory_bytes: {
    help: 'Memory of rows that queries still need from the stream tasks',
    labels: ['supervisor'],
  },
  millrace_ingest_spilled_rows: {
    help: 'Rows that queries read from sorted runs on the disk of the node, for memory is short',
    labels: ['supervisor'],
  },
  millrace_ingest_spilled_bytes: { help: 'Bytes of those runs', labels: ['supervisor'] },
  millrace_ingest_paused: {
    help: 'Task groups that read nothing until there is room (disk, memory) or what was read is published (publishing)',
    labels: ['supervisor', 'reason'],
  },
  millrace_disk_bytes: {
    help: 'Disk of the data directory (free; reserve: with less, streams are not read)',
    labels: ['use'],
  },
  millrace_data_loss: {
    help: 'Task groups that stopped because rows that were to be read are not in the stream',
    labels: ['supervisor'],
  },
  millrace_ingest_lag_rows: {
    help: 'Records in the stream that are not yet queryable',
    labels: ['supervisor', 'partition'],
  },
  millrace_segments: { help: 'Segments in use', labels: ['data_source'] },
  millrace_memory_bytes: { help: 'Memory for column data (budget, used, pinned)', labels: ['use'] },
  millrace_running_queries: { help: 'Queries running now', labels: [] },
  millrace_engine_queries: { help: 'Queries that engine threads have not ended', labels: [] },
  millrace_engine_waiting_jobs: { help: 'Jobs that no engine thread has yet', labels: [] },
  millrace_engine_busy_seconds: { help: 'Time that an engine thread worked', labels: ['thread'] },
  millrace_engine_steps: { help: 'Blocks of queries and jobs that an engine thread did', labels: ['thread', 'kind'] },
  millrace_live_queries: { help: 'Distinct live queries that are evaluated', labels: [] },
  millrace_live_clients: { help: 'Connections with live queries', labels: [] },
  millrace_partial_cache_requests: {
    help: 'Look-ups of cached partial results since the start (hit, miss)',
    labels: ['result'],
  },
  millrace_metadata_sequence: {
    help: 'Newest sequence number of the metadata store that this node has seen',
    labels: [],
  },
} as const satisfies Readonly<Record<string, Definition>>;

/** Upper bounds in seconds: a kernel's millisecond to a query's default timeout. */
export const SECONDS_BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300];

export type CounterName = keyof typeof COUNTERS;
export type HistogramName = keyof typeof HISTOGRAMS;
export type GaugeName = keyof typeof GAUGES;

/** Values of the labels that a metric has. */
export type LabelsOf<D extends Definition> = { readonly [L in D['labels'][number]]: string };
