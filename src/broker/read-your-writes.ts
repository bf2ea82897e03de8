import { invalidInput } from '../common/druid-error.js';
import type { AnswerState } from '../protocol/leaf.js';
import type { MinOffsets } from '../query/min-offsets.js';

/**
 * Whether an answer of this state has every row below the offsets.
 * @throws DruidError INVALID_INPUT for a supervisor that does not feed what is asked
 */
export function covers(state: AnswerState, minOffsets: MinOffsets): boolean {
  return Object.entries(minOffsets).every(([supervisorId, vector]) => {
    const stream = state.offsets[supervisorId];
    if (stream === undefined) throw unknown(supervisorId, Object.keys(state.offsets));
    return Object.entries(vector).every(([partition, offset]) => (stream.partitions[partition] ?? 0) >= offset);
  });
}

function unknown(supervisorId: string, known: readonly string[]): Error {
  return invalidInput(
    `Supervisor [${supervisorId}] of [minOffsets] does not feed what is asked; those that do: [${known.join(', ')}]`,
  );
}
