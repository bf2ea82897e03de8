import type { SqlType } from '../types/sql-type.js';
import type { NativeExpression, VirtualColumnRegistry } from './native-expression.js';
import { nativeTypeOf } from './native-type.js';

type Json = Readonly<Record<string, unknown>>;

/** @source Druid `sql/calcite/rel/VirtualColumnRegistry.java` */
export class RexVirtualColumns implements VirtualColumnRegistry {
  readonly #byKey = new Map<string, string>();
  readonly #prefix: string;
  #json: Json[] = [];

  /** @param prefix of the names, before their digits */
  constructor(prefix: string) {
    this.#prefix = prefix;
  }

  get json(): readonly Json[] {
    return this.#json;
  }

  columnFor(expression: NativeExpression, sqlType: SqlType): string {
    const type = expression.type ?? nativeTypeOf(sqlType);
    if (expression.column !== null) return expression.column;
    const key = `${type} ${expression.virtualColumn === null ? expression.expression : JSON.stringify(expression.virtualColumn)}`;
    const known = this.#byKey.get(key);
    if (known !== undefined) return known;
    const name = `${this.#prefix}${this.#byKey.size}`;
    this.#byKey.set(key, name);
    this.#json.push(virtualColumnJson(name, type, expression));
    return name;
  }

  retain(names: ReadonlySet<string>): void {
    this.#json = this.#json.filter((column) => names.has(String(column['name'] ?? column['outputName'])));
  }
}

function virtualColumnJson(name: string, outputType: string, { expression, virtualColumn }: NativeExpression): Json {
  if (virtualColumn === null) return { type: 'expression', name, expression, outputType };
  const { type, ...members } = virtualColumn;
  if (type !== 'nested-field') return { type, name, ...members };
  const { columnName, ...rest } = members;
  return { type, columnName, outputName: name, ...rest };
}
