/** What the validator asks of a function or operator, and what lowering does with a call of it. */
import type { Rex } from '../rex/rex.js';
import type { SqlType } from '../types/sql-type.js';

/** An operand as the validator knows it. */
export interface Operand {
  readonly type: SqlType;
  /** The literal's value when it is one (after folding), else undefined. */
  readonly literal: Rex | undefined;
}

export interface SqlFunction {
  /** Upper case. */
  readonly name: string;
  readonly kind: 'scalar' | 'aggregate' | 'window' | 'table';
  /**
   * Type of the result. Coerces as Calcite does: `operands[i]` may come back with another type in `coerced` (a CAST is then added by the validator).
   * A failure is a text such as `Cannot apply 'UPPER' to arguments of type 'UPPER(<BIGINT>)'. Supported form(s): 'UPPER(<CHARACTER>)'` or
   * `Invalid number of arguments to function 'UPPER'. Was expecting 1 arguments`; the validator adds the position.
   */
  resolve(
    operands: readonly Operand[],
  ): { readonly type: SqlType; readonly coerced: readonly SqlType[] } | { readonly error: string };
  /** Can stand alone without parentheses (CURRENT_TIMESTAMP). */
  readonly niladic: boolean;
}
