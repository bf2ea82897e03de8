import { type CompiledExpression, compileExpression } from '../../expressions/compile.js';
import { fromJson, plainJson } from '../../expressions/coercion.js';
import { ExpressionError, type ExprValue } from '../../expressions/expr.js';
import type { FunctionContext } from '../../expressions/functions/expr-function.js';
import { TIME_COLUMN } from '../../common/column-type.js';
import type { NamedLookups } from '../../query/native-query.js';
import type { DataSchema } from '../spec/data-schema.js';
import { HugeNumber } from './huge-number.js';
import type { RecordFormat } from './record-format.js';

/** Where the value of a field comes from: the record itself, or an expression. */
type Field<F> = { readonly kind: 'raw'; readonly field: F } | { readonly kind: 'time' } | Computed<F>;

interface Computed<F> {
  readonly kind: 'computed';
  readonly name: string;
  readonly expression: CompiledExpression;
  readonly inputs: readonly Field<F>[];
  readonly arguments: ExprValue[];
  /** Number of the record that `value` is of. */
  recordNumber: number;
  value: unknown;
}

/**
 * Fields of a record with those that a transformSpec and metrics work out. Transforms see the record as it was read, what is derived for
 * metrics and the filter sees the transformed one. @source Druid `Transformer.java`
 */
export class TransformedFields<R, F> implements RecordFormat<R, Field<F>> {
  readonly hasFixedColumns: boolean;
  readonly #format: RecordFormat<R, F>;
  readonly #transforms: ReadonlyMap<string, Computed<F>>;
  readonly #derived = new Map<string, Computed<F>>();
  #recordNumber = 0;
  #timeMs = 0;
  #lookups: ReadonlyMap<string, ReadonlyMap<string, string | null>>;

  constructor(format: RecordFormat<R, F>, { transformSpec, derivedColumns, lookups = {} }: DataSchema) {
    this.#lookups = mapsOf(lookups);
    const context: FunctionContext = { lookup: (name) => (key) => this.#lookUp(name, key) };
    const compute = computing<F>(context);
    this.#format = format;
    this.hasFixedColumns = format.hasFixedColumns;
    this.#transforms = new Map(
      transformSpec.transforms.map(({ name, expression }) => [
        name,
        compute(name, expression, (input) => this.#originalField(input)),
      ]),
    );
    for (const { name, expression } of derivedColumns)
      this.#derived.set(
        name,
        compute(name, expression, (input) => this.field(input)),
      );
  }

  /** Whether rows get their time from a transform. */
  get setsTime(): boolean {
    return this.#transforms.has(TIME_COLUMN);
  }

  /** To be called before a record is read. @param timeMs its time, as the timestampSpec reads it */
  begin(timeMs: number): void {
    this.#recordNumber++;
    this.#timeMs = timeMs;
  }

  field(name: string): Field<F> {
    return this.#derived.get(name) ?? this.#transforms.get(name) ?? this.#originalField(name);
  }

  /** @throws ExpressionError when the values of this record do not suit the expression */
  read(record: R, field: Field<F>): unknown {
    if (field.kind === 'raw') return this.#format.read(record, field.field);
    if (field.kind === 'time') return this.#timeMs;
    if (field.recordNumber !== this.#recordNumber) {
      const { inputs, arguments: values } = field;
      for (let i = 0; i < inputs.length; i++) values[i] = argument(this.read(record, inputs[i]!));
      try {
        field.value = toField(field.expression.evaluate(values));
      } catch (error) {
        if (!(error instanceof ExpressionError)) throw error;
        throw new ExpressionError(`Could not transform value for ${field.name} reason: ${error.message}`);
      }
      field.recordNumber = this.#recordNumber;
    }
    return field.value;
  }

  /** Lookups as they are from now on. */
  useLookups(lookups: NamedLookups): void {
    this.#lookups = mapsOf(lookups);
  }

  names(record: R): readonly string[] {
    return this.#format.names(record);
  }

  #lookUp(name: string, key: string | null): string | null | undefined {
    const map = this.#lookups.get(name);
    if (map === undefined) throw new ExpressionError(`Lookup [${name}] not found`);
    return key === null ? null : map.get(key);
  }

  #originalField(name: string): Field<F> {
    return name === TIME_COLUMN ? { kind: 'time' } : { kind: 'raw', field: this.#format.field(name) };
  }
}

function computing<F>(
  context: FunctionContext,
): (name: string, text: string, fieldOf: (name: string) => Field<F>) => Computed<F> {
  return (name, text, fieldOf) => {
    const expression = compileExpression(text, context);
    const inputs = expression.inputs.map(fieldOf);
    return { kind: 'computed', name, expression, inputs, arguments: [], recordNumber: -1, value: null };
  };
}

function mapsOf(lookups: NamedLookups): ReadonlyMap<string, ReadonlyMap<string, string | null>> {
  return new Map(Object.entries(lookups).map(([name, { entries }]) => [name, new Map(entries)]));
}

function argument(value: unknown): ExprValue {
  return fromJson(value instanceof HugeNumber ? value.infinity : value);
}

/** A result as if it had been read. */
function toField(value: ExprValue): unknown {
  if (typeof value === 'bigint') return narrowed(value);
  if (typeof value === 'object' && value !== null) return withNarrowedNumbers(plainJson(value));
  return value;
}

function withNarrowedNumbers(value: unknown): unknown {
  if (typeof value === 'bigint') return narrowed(value);
  return Array.isArray(value) ? value.map(withNarrowedNumbers) : value;
}

function narrowed(value: bigint): number | bigint {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}
