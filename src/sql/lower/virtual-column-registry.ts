import type { SqlType } from '../types/sql-type.js';
import type { NativeExpression, VirtualColumnRegistry } from './native-expression.js';
import { nativeTypeOf } from './native-type.js';

/** Virtual columns `v0`, `v1`, …; equal expressions of one type share a column. @source Druid `VirtualColumnRegistry.java` */
export class RexVirtualColumns implements VirtualColumnRegistry {
  #json: Readonly<Record<string, unknown>>[] = [];
  readonly #names = new Map<string, string>();

  get json(): readonly Readonly<Record<string, unknown>>[] {
    return this.#json;
  }

  columnFor(expression: NativeExpression, sqlType: SqlType): string {
    const outputType = expression.type ?? nativeTypeOf(sqlType);
    if (expression.column !== null) return expression.column;
    const key = `${expression.expression}|${outputType}`;
    const known = this.#names.get(key);
    if (known !== undefined) return known;
    const name = `v${this.#names.size}`;
    this.#names.set(key, name);
    const { virtualColumn } = expression;
    if (virtualColumn !== null) {
      const { type, ...rest } = virtualColumn;
      this.#json.push(type === 'nested-field' ? { type, ...rest, outputName: name } : { type, name, ...rest });
    } else {
      this.#json.push({ type: 'expression', name, expression: expression.expression, outputType });
    }
    return name;
  }

  retain(names: ReadonlySet<string>): void {
    const text = (json: Readonly<Record<string, unknown>>): string => JSON.stringify(json);
    const kept = new Set(names);
    for (const json of this.#json.toReversed()) {
      if (!kept.has(json['name'] as string)) continue;
      for (const other of this.#json) {
        if (text(json).includes(`"${other['name'] as string}"`)) kept.add(other['name'] as string);
      }
    }
    this.#json = this.#json.filter((json) => kept.has(json['name'] as string));
  }
}
