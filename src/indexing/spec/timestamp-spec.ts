/** Where a row's time comes from. @source Druid `TimestampSpec.java` */
import { invalidInput } from '../../common/druid-error.js';
import { parseIsoInstant } from '../../common/iso-time.js';
import { type JsonObject, optionalString } from './json-reader.js';

export interface TimestampSpec {
  readonly column: string;
  /** `auto`, `iso`, `posix`, `millis`, `micro`, `nano`, `ruby` or a Joda pattern. */
  readonly format: string;
  /** Epoch ms for rows without a timestamp; null = such rows are unparseable. */
  readonly missingValueMs: number | null;
}

export function parseTimestampSpec(json: JsonObject | undefined): TimestampSpec {
  const spec = json ?? {};
  const missing = optionalString(spec, 'missingValue');
  const missingValueMs =
    missing === undefined ? null : /^-?\d+$/.test(missing) ? Number(missing) : parseIsoInstant(missing);
  if (missingValueMs === undefined) throw invalidInput(`Invalid missingValue[${missing}] of timestampSpec`);
  return {
    column: optionalString(spec, 'column') ?? 'timestamp',
    format: optionalString(spec, 'format') ?? 'auto',
    missingValueMs,
  };
}
