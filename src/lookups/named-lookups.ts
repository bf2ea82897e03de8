import type { Expr } from '../expressions/expr.js';
import { parseExpression } from '../expressions/parse-expression.js';
import type { ExtractionFn } from '../query/extraction-fn.js';
import type { NamedLookups } from '../query/native-query.js';
import type { VirtualColumn } from '../query/virtual-column.js';
import type { LookupSource } from './lookup-source.js';

/** The registered lookups that virtual columns name; undefined when they name none. */
export function namedBy(virtualColumns: readonly VirtualColumn[], lookups: LookupSource): NamedLookups | undefined {
  const names = lookupNames(virtualColumns);
  return names.size === 0 ? undefined : namedLookups(names, lookups);
}

/** As they are now; those that are not registered are left out. */
export function namedLookups(names: Iterable<string>, lookups: LookupSource): NamedLookups {
  const found: Record<string, NamedLookups[string]> = {};
  for (const name of names) {
    const lookup = lookups.get(name);
    if (lookup !== undefined) found[name] = { version: lookup.version, entries: [...lookup.map] };
  }
  return found;
}

export function lookupNames(virtualColumns: readonly VirtualColumn[]): ReadonlySet<string> {
  return new Set(virtualColumns.flatMap(ofColumn));
}

function ofColumn(column: VirtualColumn): readonly string[] {
  if (column.type === 'expression') return ofExpression(parseExpression(column.expression));
  return column.type === 'extraction' ? ofExtraction(column.extractionFn) : [];
}

function ofExpression(expr: Expr): string[] {
  switch (expr.kind) {
    case 'literal':
    case 'identifier':
      return [];
    case 'unary':
      return ofExpression(expr.operand);
    case 'binary':
      return [...ofExpression(expr.left), ...ofExpression(expr.right)];
    case 'lambda':
      return ofExpression(expr.body);
    case 'call': {
      const [, name] = expr.args;
      const own =
        expr.name === 'lookup' && name?.kind === 'literal' && typeof name.value === 'string' ? [name.value] : [];
      return [...own, ...expr.args.flatMap(ofExpression)];
    }
  }
}

function ofExtraction(fn: ExtractionFn): readonly string[] {
  if (fn.type === 'registeredLookup') return [fn.lookup];
  return fn.type === 'cascade' ? fn.extractionFns.flatMap(ofExtraction) : [];
}
