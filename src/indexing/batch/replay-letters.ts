import type { DeadLetter, DeadLetterKey } from '../../metadata/metadata-store.js';
import type { InputRow } from '../../segments/incremental/input-row.js';
import type { LetterContext } from '../intake/bad-records.js';
import type { MessageContext, RowHandler, RowParser } from '../parse/row-handler.js';

/** What became of dead letters that were read again. */
export interface ReplayedLetters {
  readonly replayed: readonly DeadLetterKey[];
  readonly stillBad: readonly (DeadLetterKey & { readonly reason: string })[];
}

/** A row of a letter: to be added, or thrown away by a filter. */
export type LetterRow = InputRow | 'filtered';

/**
 * Reads one letter again: the rows that were not taken at first, or why there is still something wrong. A letter counts as a whole, so
 * that it is either gone with all of its rows or stays as it is.
 */
export function rowsOfLetter(
  letter: DeadLetter,
  parser: RowParser,
): readonly LetterRow[] | { readonly reason: string } {
  const context = letter.context as LetterContext | undefined;
  if (context?.isCut === true) return { reason: 'The record was too large to be kept' };
  const rows = new LetterRows(new Set(letter.done ?? []));
  parser.parse(context?.isTombstone === true ? null : letter.record, rows, messageOf(letter, context));
  if (rows.reason !== undefined) return { reason: rows.reason };
  if (rows.rows.length === 0 && rows.count > 0) return { reason: 'All of its rows were taken when it was read' };
  return rows.rows;
}

class LetterRows implements RowHandler {
  readonly rows: LetterRow[] = [];
  reason: string | undefined;
  count = 0;
  readonly #done: ReadonlySet<number>;

  constructor(done: ReadonlySet<number>) {
    this.#done = done;
  }

  onRow(row: InputRow, failedFields: number, reason: string | undefined): void {
    if (this.#done.has(this.count++)) return;
    if (failedFields > 0) this.reason ??= reason ?? 'A field could not be converted';
    const { timestampMs, dimensions, inputs } = row;
    this.rows.push({ timestampMs, dimensions: [...dimensions], inputs: [...inputs] });
  }

  onFiltered(): void {
    if (!this.#done.has(this.count++)) this.rows.push('filtered');
  }

  onUnparseable(reason: string): void {
    if (!this.#done.has(this.count++)) this.reason ??= reason;
  }
}

function messageOf({ timestampMs }: DeadLetter, context: LetterContext | undefined): MessageContext {
  const bytes = (base64: string): Uint8Array => Buffer.from(base64, 'base64');
  const headers = Object.entries(context?.headers ?? {}).map(([name, values]) => [name, values.map(bytes)] as const);
  return {
    key: context?.key == null ? null : bytes(context.key),
    timestampMs,
    headers: context?.headers == null ? undefined : Object.fromEntries(headers),
    topic: context?.topic ?? undefined,
  };
}
