import type { AggregateCall } from '../rex/rex.js';
import { columnText, stringText } from './native-text.js';
import { nativeTypeOf } from './native-type.js';

type Json = Readonly<Record<string, unknown>>;
const DEFAULT_SIZE = 1024;

/**
 * Aggregates that fold an expression over rows; undefined for any other.
 * @param column field that is read, of `type`
 * @param constant value of an operand that must be a literal
 * @source Druid `ArraySqlAggregator.java`, `ArrayConcatSqlAggregator.java`, `StringSqlAggregator.java`, `BitwiseSqlAggregator.java`
 */
export function expressionAggregator(
  call: AggregateCall,
  name: string,
  column: string,
  type: string,
  constant: (i: number) => unknown,
): Json | undefined {
  const field = columnText(column);
  const self = columnText(name);
  const shape = (initialValue: string, fold: string, combine: string, nulls: boolean, more: Json = {}): Json => ({
    type: 'expression',
    name,
    fields: [column],
    accumulatorIdentifier: '__acc',
    initialValue,
    initialCombineValue: initialValue,
    isNullUnlessAggregated: true,
    shouldAggregateNullInputs: nulls,
    shouldCombineAggregateNullInputs: false,
    fold,
    combine,
    ...more,
  });
  const [one, all] = call.distinct ? ['array_set_add', 'array_set_add_all'] : ['array_append', 'array_concat'];
  switch (call.function) {
    case 'ARRAY_AGG': {
      const arrayType = nativeTypeOf(call.type);
      const maxSizeBytes = constant(1) ?? DEFAULT_SIZE;
      const fold = `${one}("__acc", ${field})`;
      return shape(`${arrayType}[]`, fold, `${all}("__acc", ${self})`, true, { maxSizeBytes });
    }
    case 'ARRAY_CONCAT_AGG': {
      const arrayType = type.startsWith('ARRAY') ? type : `ARRAY<${type}>`;
      const maxSizeBytes = constant(1) ?? DEFAULT_SIZE;
      return shape(`${arrayType}[]`, `${all}("__acc", ${field})`, `${all}("__acc", ${self})`, true, { maxSizeBytes });
    }
    case 'STRING_AGG':
    case 'LISTAGG': {
      const separator = stringText(String(constant(1) ?? ''));
      const finalize = `if(array_length(o) == 0, null, array_to_string(o, ${separator}))`;
      const more = { finalize, maxSizeBytes: constant(2) ?? DEFAULT_SIZE };
      return shape('ARRAY<STRING>[]', `${one}("__acc", ${field})`, `${all}("__acc", ${self})`, false, more);
    }
    case 'BIT_AND':
    case 'BIT_OR':
    case 'BIT_XOR': {
      const operation = { BIT_AND: 'bitwiseAnd', BIT_OR: 'bitwiseOr', BIT_XOR: 'bitwiseXor' }[call.function];
      const initial = call.function === 'BIT_AND' ? '-1' : '0';
      return shape(initial, `${operation}("__acc", ${field})`, `${operation}("__acc", ${self})`, false);
    }
    default:
      return undefined;
  }
}
