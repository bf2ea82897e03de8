import { invalidInput } from '../common/druid-error.js';

/** Fields that are taken for the time of a record, first match first. */
const TIME_FIELDS = ['__time', 'timestamp', 'time', 'ts', 'eventTime', 'event_time', 'datetime', 'date'];
/** Lines that are looked at; those behind are like them. */
const MAX_LINES = 100;

/**
 * A supervisor spec for records nobody has described: types are discovered, no rollup, the time is the first usual field that they have.
 * @throws DruidError INVALID_INPUT when no record has one: the name of a data source was mistyped, or a spec is needed
 */
export function discoverySpec(dataSource: string, lines: readonly Uint8Array[]): Readonly<Record<string, unknown>> {
  const column = timeField(lines);
  if (column === undefined) {
    throw invalidInput(
      `Data source [${dataSource}] does not exist, and no record tells its time in a field [${TIME_FIELDS.join(', ')}]: ` +
        'add one, or submit a supervisor spec of type [local] first',
    );
  }
  return {
    type: 'local',
    spec: {
      dataSchema: {
        dataSource,
        timestampSpec: { column, format: 'auto' },
        dimensionsSpec: { useSchemaDiscovery: true },
        granularitySpec: { segmentGranularity: 'HOUR', queryGranularity: 'NONE', rollup: false },
      },
      ioConfig: { type: 'local', stream: dataSource, inputFormat: { type: 'json' }, useEarliestOffset: true },
      tuningConfig: { type: 'local' },
    },
  };
}

function timeField(lines: readonly Uint8Array[]): string | undefined {
  for (const line of lines.slice(0, MAX_LINES)) {
    const record = readObject(line);
    const found = TIME_FIELDS.find((name) => record?.[name] !== undefined && record[name] !== null);
    if (found !== undefined) return found;
  }
  return undefined;
}

function readObject(line: Uint8Array): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(new TextDecoder().decode(line));
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
