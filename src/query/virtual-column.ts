/**
 * CONTRACT. Virtual columns after validation, and the columns that dimension specs and filters with extraction functions become: the
 * engine knows plain columns only. A later one may refer to earlier ones; one may shadow a stored column.
 */
import type { ColumnType } from '../common/column-type.js';
import type { ExtractionFn } from './extraction-fn.js';

/** A step into nested data: the name of a field, or the place in an array (negative from its end). */
export type PathPart = string | number;

export type VirtualColumn =
  /** outputType null = what the expression gives for the types of its inputs. */
  | {
      readonly type: 'expression';
      readonly name: string;
      readonly expression: string;
      readonly outputType: ColumnType | null;
    }
  | {
      readonly type: 'nested-field';
      readonly name: string;
      readonly columnName: string;
      readonly expectedType: ColumnType | null;
      readonly path: readonly PathPart[];
      readonly processFromRaw: boolean;
    }
  /** Keeps (or drops) values of a multi-value column; a row with none left has no value. */
  | {
      readonly type: 'value-filtered';
      readonly name: string;
      readonly column: string;
      readonly keep:
        | { readonly kind: 'values'; readonly values: readonly (string | null)[]; readonly isAllowList: boolean }
        | { readonly kind: 'regex'; readonly pattern: string }
        | { readonly kind: 'prefix'; readonly prefix: string };
    }
  /** The first of the columns that exists. */
  | { readonly type: 'fallback'; readonly name: string; readonly columns: readonly string[] }
  /**
   * A column of the right side of a join whose keys are distinct: the value that belongs to the key which a column's value equals. `keys` are as
   * the join compares them, LONG values are decimal text; `digest` stands for all of it but the names.
   */
  | {
      readonly type: 'joined';
      readonly name: string;
      readonly column: string;
      readonly digest: string;
      readonly keyType: ColumnType;
      readonly keys: readonly string[];
      readonly values: readonly (string | number | null)[];
      readonly valueType: ColumnType;
    }
  /** An extraction function over a column, value by value: dimension specs and filters that carry one become this. */
  | {
      readonly type: 'extraction';
      readonly name: string;
      readonly column: string;
      readonly extractionFn: ExtractionFn;
    };

/** Whether a value filter keeps nulls, which then are apart from rows of which it keeps nothing. */
export function keepsNull({ keep }: Extract<VirtualColumn, { type: 'value-filtered' }>): boolean {
  return keep.kind === 'values' && keep.values.includes(null) === keep.isAllowList;
}
