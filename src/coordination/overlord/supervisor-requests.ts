import { invalidInput } from '../../common/druid-error.js';
import type { OffsetVector } from '../../metadata/offset-vector.js';
import { unknownTypeId } from './overlord-error.js';

/** Bodies of supervisor requests other than specs. */

const METADATA_CLASS = 'org.apache.druid.indexing.overlord.DataSourceMetadata';

/**
 * `{"type": "kafka", "partitions": {"type": "end", "stream": "t", "partitionOffsetMap": {"0": 100}}}`
 *
 * @param type the supervisor's
 * @throws DruidError INVALID_INPUT when the body is not that, or is of another stream
 */
export function parseResetOffsets(json: unknown, type: string, stream: string): OffsetVector {
  const given = member(json, 'type');
  if (typeof given !== 'string') {
    throw invalidInput(
      `Could not resolve subtype of [simple type, class ${METADATA_CLASS}]: missing type id property 'type'`,
    );
  }
  if (given !== type) throw unknownTypeId(given, METADATA_CLASS, [type]);
  const partitions = member(json, 'partitions');
  const named = member(partitions, 'stream') ?? member(partitions, 'topic');
  if (named !== stream) throw invalidInput(`Stream [${String(named)}] is not the supervisor's stream [${stream}]`);
  const map = member(partitions, 'partitionOffsetMap') ?? member(partitions, 'partitionSequenceNumberMap');
  if (typeof map !== 'object' || map === null || Object.keys(map).length === 0) {
    throw invalidInput('partitionOffsetMap is missing or empty');
  }
  for (const [partition, offset] of Object.entries(map)) {
    if (!Number.isSafeInteger(offset) || offset < 0) {
      throw invalidInput(`Offset [${String(offset)}] of partition [${partition}] is not an offset`);
    }
  }
  return map as OffsetVector;
}

/** `{"taskGroupIds": [0]}` @throws DruidError INVALID_INPUT */
export function parseHandOffGroups(json: unknown): number[] {
  const groups = member(json, 'taskGroupIds');
  if (!Array.isArray(groups) || groups.length === 0 || !groups.every((group) => Number.isInteger(group))) {
    throw invalidInput('List of task groups to handoff cannot be empty');
  }
  return groups as number[];
}

function member(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>)[key] : undefined;
}
