import { api } from '../shared/api.js';
import { guessTime, guessTypes, type InputFormat, type TimeGuess } from './guess.js';
import { type Load, type LoadColumn, sampleSpec, type Source } from './load-spec.js';

export interface Sample {
  readonly columns: readonly LoadColumn[];
  readonly rows: readonly Readonly<Record<string, unknown>>[];
  /** Records that could not be read. */
  readonly unreadable: readonly string[];
}

interface SamplerAnswer {
  readonly logicalDimensions: readonly LoadColumn[];
  readonly data: readonly {
    readonly input?: Readonly<Record<string, unknown>>;
    readonly parsed?: Readonly<Record<string, unknown>>;
    readonly error?: string;
  }[];
}

/** Reads some records as they are, to see what they have. @throws ApiError */
export async function sampleTime(source: Source, format: InputFormat): Promise<TimeGuess | undefined> {
  const { data } = await ask({
    source,
    format,
    dataSource: 'sample',
    // No record has this column: every row gets the time that is given for missing ones.
    time: { column: '__none', format: 'auto', missingValue: '1970-01-01T00:00:00Z' } as TimeGuess,
    columns: undefined,
    segmentGranularity: 'day',
  });
  const rows = data.map((row) => row.input ?? row.parsed).filter((row) => row !== undefined);
  if (rows.length === 0)
    throw new Error(data[0]?.error ?? 'There are no records to sample yet. Send some, then try again.');
  return guessTime(rows);
}

/** Reads some records as the load would. @throws ApiError */
export async function sampleLoad(load: Load): Promise<Sample> {
  const { data, logicalDimensions } = await ask(load);
  const found = logicalDimensions.map(({ name, type }) => ({ name, type }));
  const rows = data.map((row) => row.parsed).filter((row) => row !== undefined);
  return {
    columns: load.format.type === 'json' ? found : guessTypes(found, rows),
    rows,
    unreadable: data.map((row) => row.error).filter((error) => error !== undefined && error !== null),
  };
}

function ask(load: Load): Promise<SamplerAnswer> {
  return api<SamplerAnswer>('/druid/indexer/v1/sampler', { body: sampleSpec(load) });
}
