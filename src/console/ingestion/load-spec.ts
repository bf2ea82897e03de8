import type { InputFormat, TimeGuess } from './guess.js';

/** Where records come from. */
export type Source =
  | { readonly kind: 'file'; readonly name: string; readonly text: string }
  | { readonly kind: 'kafka'; readonly servers: string; readonly topic: string };

/** A column as it will be stored. */
export interface LoadColumn {
  readonly name: string;
  readonly type: string;
}

export interface Load {
  readonly source: Source;
  readonly format: InputFormat;
  readonly dataSource: string;
  readonly time: TimeGuess;
  /** Undefined: found by the records themselves. */
  readonly columns: readonly LoadColumn[] | undefined;
  readonly segmentGranularity: string;
}

/** So much of a file is sampled, cut at the end of a line. */
const SAMPLE_CHARS = 200_000;
const SAMPLE_ROWS = 200;

/** What the sampler is asked. @source Druid `SamplerSpec` */
export function sampleSpec(load: Load): object {
  const sampled =
    load.source.kind === 'file' ? { ...load, source: { ...load.source, text: head(load.source.text) } } : load;
  return { ...loadSpec(sampled), samplerConfig: { numRows: SAMPLE_ROWS, timeoutMs: 10_000 } };
}

/** The task of a file, or the supervisor of a topic. */
export function loadSpec({ source, format, dataSource, time, columns, segmentGranularity }: Load): object {
  const dataSchema = {
    dataSource,
    timestampSpec: time,
    dimensionsSpec: columns === undefined ? { useSchemaDiscovery: true } : { dimensions: columns },
    granularitySpec: { type: 'uniform', segmentGranularity, queryGranularity: 'none', rollup: false },
  };
  if (source.kind === 'kafka') {
    const ioConfig = {
      type: 'kafka',
      topic: source.topic,
      consumerProperties: { 'bootstrap.servers': source.servers },
      inputFormat: format,
      useEarliestOffset: true,
    };
    return { type: 'kafka', spec: { dataSchema, ioConfig, tuningConfig: { type: 'kafka' } } };
  }
  const ioConfig = {
    type: 'index_parallel',
    inputSource: { type: 'inline', data: source.text },
    inputFormat: format,
    appendToExisting: true,
  };
  return { type: 'index_parallel', spec: { dataSchema, ioConfig, tuningConfig: { type: 'index_parallel' } } };
}

function head(text: string): string {
  return text.length <= SAMPLE_CHARS ? text : text.slice(0, text.lastIndexOf('\n', SAMPLE_CHARS));
}
