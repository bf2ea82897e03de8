/** Every metric that Millrace reports. Units are in the names; labels have few values. */

interface Definition {
  readonly help: string;
  readonly labels: readonly string[];
}

export const COUNTERS = {
  millrace_queries_total: { help: 'Queries by type and outcome (success, failed)', labels: ['type', 'outcome'] },
  millrace_query_rows_scanned_total: { help: 'Rows that queries looked at', labels: ['type'] },
  millrace_partial_cache_requests_total: { help: 'Look-ups of cached partial results (hit, miss)', labels: ['result'] },
  millrace_ingest_rows_total: {
    help: 'Rows read from streams and tasks by outcome (processed, thrown_away, unparseable)',
    labels: ['data_source', 'outcome'],
  },
  millrace_ingest_bytes_total: { help: 'Bytes of records read from streams and tasks', labels: ['data_source'] },
  millrace_publishes_total: {
    help: 'Transactions that publish segments, by outcome (published, conflict)',
    labels: ['data_source', 'outcome'],
  },
  millrace_data_loss_total: { help: 'Partitions found to start beyond their stored offset', labels: ['supervisor'] },
  millrace_deep_storage_requests_total: {
    help: 'Requests to deep storage by operation and outcome (success, failed)',
    labels: ['operation', 'outcome'],
  },
  millrace_corruptions_total: { help: 'Checksums that did not match', labels: ['data_source'] },
  millrace_http_requests_total: { help: 'HTTP responses', labels: ['method', 'status'] },
} as const satisfies Readonly<Record<string, Definition>>;

export const HISTOGRAMS = {
  millrace_query_seconds: { help: 'Time from request to complete answer', labels: ['type'] },
  millrace_publish_seconds: { help: 'Time from the end of a sequence to its publication', labels: ['data_source'] },
  millrace_deep_storage_seconds: { help: 'Time of requests to deep storage', labels: ['operation'] },
} as const satisfies Readonly<Record<string, Definition>>;

export const GAUGES = {
  millrace_ingest_lag_rows: {
    help: 'Records in the stream that are not yet queryable',
    labels: ['supervisor', 'partition'],
  },
  millrace_segments: { help: 'Segments in use', labels: ['data_source'] },
  millrace_memory_bytes: { help: 'Memory for column data (budget, used, pinned)', labels: ['use'] },
  millrace_running_queries: { help: 'Queries running now', labels: [] },
  millrace_live_queries: { help: 'Distinct live queries that are evaluated', labels: [] },
  millrace_live_subscriptions: { help: 'Subscriptions to live queries', labels: [] },
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
