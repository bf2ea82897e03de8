import { checkStop } from '../common/stop-check.js';
import { DruidError } from '../common/druid-error.js';
import { asArray } from '../expressions/coercion.js';
import { type CompiledExpression, compileExpression } from '../expressions/compile.js';
import { ExprArray, type ExprType, type ExprValue, ExpressionError, typeOf } from '../expressions/expr.js';
import { cartesianProduct } from '../expressions/functions/apply.js';
import type { FunctionContext } from '../expressions/functions/expr-function.js';
import type { AggregatorSpec } from '../query/native-query.js';
import type { Block } from '../vectors/block.js';
import { rowList, type Selection } from '../vectors/selection.js';
import type { TableColumn } from '../vectors/table.js';
import { expressionCell, packValue, sizeOfValue, unpackValue } from './expression-cell.js';
import { expressionColumn } from './expression-column.js';
import type { GroupedAggregator } from './grouped-aggregator.js';

type Spec = Extract<AggregatorSpec, { readonly type: 'expression' }>;

/** What the result of an accumulation is called in `finalize`. */
const FINAL_IDENTIFIER = 'o';

/**
 * Folds the values of columns by expressions. State: one value per group, null until a row was aggregated.
 * @source Druid `ExpressionLambdaAggregatorFactory.java`
 */
export class ExpressionAggregator implements GroupedAggregator {
  readonly stateNames = ['value'];
  readonly stateTypes = ['JSON'] as const;
  readonly #spec: Spec;
  readonly #initial: ExprValue;
  readonly #fold: CompiledExpression;
  readonly #combine: CompiledExpression;
  /** What the other's value is called in `combine`. */
  readonly #other: string;
  readonly #finalize: CompiledExpression | null;
  readonly #values: ExprValue[] = [];
  readonly #hasValue: boolean[] = [];

  /** @throws ExpressionError for an expression that cannot be compiled */
  constructor(spec: Spec, context: FunctionContext) {
    this.#spec = spec;
    this.#initial = compileExpression(spec.initialValue, context).evaluate([]);
    this.#fold = compileExpression(spec.fold, context);
    this.#combine = spec.combine === null ? this.#fold : compileExpression(spec.combine, context);
    this.#other = spec.combine === null ? (spec.fields[0] ?? spec.name) : spec.name;
    this.#finalize = spec.finalize === null ? null : compileExpression(spec.finalize, context);
  }

  ensure(numGroups: number): void {
    while (this.#values.length < numGroups) {
      this.#values.push(this.#initial);
      this.#hasValue.push(false);
    }
  }

  aggregate(block: Block, selection: Selection, groups: Uint32Array | null): void {
    const { accumulatorIdentifier, shouldAggregateNullInputs } = this.#spec;
    const { inputs } = this.#fold;
    const vectors = inputs.map((name) => (name === accumulatorIdentifier ? undefined : block.column(name)));
    const accumulator = inputs.indexOf(accumulatorIdentifier);
    const isMapped = inputs.map((name, i) => vectors[i]?.kind === 'multiString' && !this.#fold.arrayInputs.has(name));
    const rows = rowList(selection);
    for (let i = 0; i < selection.count; i++) {
      checkStop();
      const group = groups === null ? 0 : groups[i]!;
      const values = vectors.map((vector) => expressionCell(vector, rows[i]!));
      if (!shouldAggregateNullInputs && values.some((value, k) => value === null && k !== accumulator)) continue;
      for (const row of unnested(values, isMapped)) {
        if (accumulator >= 0) row[accumulator] = this.#values[group]!;
        this.#put(group, this.#run(this.#fold, row));
      }
    }
  }

  exportState(): TableColumn[] {
    return [
      { type: 'JSON', texts: this.#values.map((value, group) => (this.#hasValue[group] ? packValue(value) : null)) },
    ];
  }

  mergeState(columns: readonly TableColumn[], groupOf: Uint32Array): void {
    const state = columns[0];
    if (state?.type !== 'JSON') return;
    for (let i = 0; i < groupOf.length; i++) {
      const text = state.texts[i];
      if (text === null || text === undefined) continue;
      const other = unpackValue(text);
      const group = groupOf[i]!;
      if (!this.#hasValue[group]) {
        this.#put(group, other);
        continue;
      }
      if (other === null && !this.#spec.shouldCombineAggregateNullInputs) continue;
      const row = this.#combine.inputs.map((name) =>
        name === this.#spec.accumulatorIdentifier ? this.#values[group]! : name === this.#other ? other : null,
      );
      this.#put(group, this.#run(this.#combine, row));
    }
  }

  finish(): TableColumn {
    const values = this.#values.map((value, group) => {
      if (!this.#hasValue[group] && this.#spec.isNullUnlessAggregated) return null;
      if (this.#finalize === null) return value;
      return this.#run(
        this.#finalize,
        this.#finalize.inputs.map((name) => (name === FINAL_IDENTIFIER ? value : null)),
      );
    });
    return expressionColumn(values, this.#finalType());
  }

  #finalType(): ExprType | null {
    const type = typeOf(this.#initial);
    return this.#finalize === null ? type : this.#finalize.outputType(() => type);
  }

  #put(group: number, value: ExprValue): void {
    const size = sizeOfValue(value);
    const { maxSizeBytes } = this.#spec;
    if (size > maxSizeBytes) {
      throw failed(
        `Exceeded memory usage when aggregating type [${typeOf(value) ?? 'null'}], size [${size}] is larger than max [${maxSizeBytes}]`,
      );
    }
    this.#values[group] = value;
    this.#hasValue[group] = true;
  }

  #run(expression: CompiledExpression, values: readonly ExprValue[]): ExprValue {
    try {
      return expression.evaluate(values);
    } catch (error) {
      if (error instanceof ExpressionError) throw failed(error.message);
      throw error;
    }
  }
}

/** A row for each combination of the several values of inputs that are folded one by one. */
function unnested(values: ExprValue[], isMapped: readonly boolean[]): ExprValue[][] {
  const mapped = values.flatMap((value, i) => (isMapped[i] === true && value instanceof ExprArray ? [i] : []));
  if (mapped.length === 0) return [values];
  return cartesianProduct(mapped.map((i) => asArray(values[i]!)))!.map((combination) => {
    const row = [...values];
    mapped.forEach((at, k) => {
      row[at] = combination[k]!;
    });
    return row;
  });
}

function failed(message: string): DruidError {
  return new DruidError(message, {
    category: 'RUNTIME_FAILURE',
    persona: 'OPERATOR',
    errorCode: 'legacyQueryException',
    legacy: { error: 'Unknown exception', errorClass: 'org.apache.druid.java.util.common.ISE' },
  });
}
