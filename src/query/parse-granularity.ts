import { DruidError } from '../common/druid-error.js';
import { type GranularityJson, parseGranularityJson } from '../common/granularity.js';
import { refused, unreadable } from './query-errors.js';

/** @throws DruidError INVALID_INPUT in the envelope of a body that cannot be read */
export function parseQueryGranularity(json: unknown, queryClass: string): GranularityJson {
  if (json === undefined || json === null) throw refused(queryClass, 'Must specify a granularity');
  try {
    return parseGranularityJson(json);
  } catch (error) {
    if (!(error instanceof DruidError)) throw error;
    if (error.message.startsWith('Invalid format')) throw unreadable(error.message);
    throw refused('java.util.common.granularity.Granularity', error.message);
  }
}
