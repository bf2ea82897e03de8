import type { Expression, IdentifierNode, Span } from '../syntax/ast.js';
import { errorAt } from '../syntax/token-stream.js';
import type { Rex } from '../rex/rex.js';
import { input } from '../rex/rex-tools.js';
import type { SqlType } from '../types/sql-type.js';

export interface ScopeColumn {
  readonly name: string;
  /** How it is computed from the row of FROM: an input, or a COALESCE of both sides of USING. */
  readonly rex: Rex;
}

/** A table, subquery or function of FROM under its alias. */
export interface Namespace {
  readonly alias: string | null;
  /** For `schema.table.column`. */
  readonly schema: string | null;
  readonly columns: readonly ScopeColumn[];
}

/** What names mean in the clauses of one SELECT. */
export class Scope {
  readonly namespaces: readonly Namespace[];
  /** Columns of USING and NATURAL: found without a table, and first in `*`. */
  readonly merged: readonly ScopeColumn[];
  readonly parent: Scope | null;
  readonly id: number;

  constructor(namespaces: readonly Namespace[], merged: readonly ScopeColumn[], parent: Scope | null, id: number) {
    this.namespaces = namespaces;
    this.merged = merged;
    this.parent = parent;
    this.id = id;
  }

  /** @throws DruidError for a name that is not there or ambiguous */
  resolve(node: IdentifierNode): Rex {
    const found = this.#find(node) ?? this.#findInParents(node);
    if (found !== undefined) return found;
    throw this.#notFound(node);
  }

  /** Whether a name alone is a column here (not of an enclosing query). */
  has(name: string): boolean {
    return (
      this.merged.some((c) => c.name === name) || this.namespaces.some((n) => n.columns.some((c) => c.name === name))
    );
  }

  /** Columns of `*` or `t.*`. */
  star(node: IdentifierNode): readonly ScopeColumn[] {
    if (node.names.length === 0) {
      const mergedNames = new Set(this.merged.map((c) => c.name));
      return [...this.merged, ...this.namespaces.flatMap((n) => n.columns.filter((c) => !mergedNames.has(c.name)))];
    }
    const namespace = this.#namespace(node.names.map((n) => n.text));
    const name = node.names.map((n) => n.text).join('.');
    if (namespace === undefined) throw errorAt(`Unknown identifier '${name}'`, node.names[0]!.at);
    return namespace.columns;
  }

  #namespace(path: readonly string[]): Namespace | undefined {
    const [first, second] = path.length > 2 ? path.slice(-2) : path;
    return this.namespaces.find((n) =>
      second === undefined ? n.alias === first : n.schema === first && n.alias === second,
    );
  }

  #find(node: IdentifierNode): Rex | undefined {
    const names = node.names.map((n) => n.text);
    const column = names.at(-1)!;
    if (names.length === 1) {
      const merged = this.merged.find((c) => c.name === column);
      if (merged !== undefined) return copy(merged.rex, node);
      const all = this.namespaces.flatMap((n) => n.columns.filter((c) => c.name === column));
      if (all.length > 1) throw errorAt(`Column '${column}' is ambiguous`, node.at);
      return all[0] === undefined ? undefined : copy(all[0].rex, node);
    }
    const found = this.#namespace(names.slice(0, -1))?.columns.filter((c) => c.name === column) ?? [];
    if (found.length > 1) throw errorAt(`Column '${column}' is ambiguous`, node.at);
    return found[0] === undefined ? undefined : copy(found[0].rex, node);
  }

  #findInParents(node: IdentifierNode): Rex | undefined {
    for (let scope = this.parent; scope !== null; scope = scope.parent) {
      const found = scope.#find(node);
      if (found === undefined) continue;
      if (found.kind !== 'input') return undefined;
      return noteNode({ kind: 'correlated', id: scope.id, index: found.index, type: found.type }, node);
    }
    return undefined;
  }

  #knows(table: readonly string[]): boolean {
    return this.#namespace(table) !== undefined || (this.parent !== null && this.parent.#knows(table));
  }

  #notFound(node: IdentifierNode): Error {
    const names = node.names.map((n) => n.text);
    if (names.length === 1) return errorAt(`Column '${names[0]}' not found in any table`, node.at);
    const table = names.slice(0, -1);
    if (this.#knows(table)) {
      return errorAt(`Column '${names.at(-1)}' not found in table '${table.join('.')}'`, node.at);
    }
    return errorAt(`Table '${names.slice(0, -1).join('.')}' not found`, node.names[0]!.at);
  }
}

/** The expression that a part of a typed expression came from, for messages about it. */
const sources = new WeakMap<Rex, { readonly at: Span; readonly text: string }>();

export function noteNode(rex: Rex, node: Expression): Rex {
  if (!sources.has(rex)) {
    const text = node.kind === 'identifier' ? node.names.map((n) => n.text).join('.') : node.kind;
    sources.set(rex, { at: node.at, text });
  }
  return rex;
}

export function sourceOf(rex: Rex): { readonly at: Span; readonly text: string } | undefined {
  return sources.get(rex);
}

/** A fresh object, so that this occurrence has a place of its own. */
function copy(rex: Rex, node: IdentifierNode): Rex {
  return noteNode({ ...rex }, node);
}

/** Columns of one relation whose fields begin at `offset` of the row. */
export function columnsOf(
  fields: readonly { readonly name: string; readonly type: SqlType }[],
  offset: number,
): ScopeColumn[] {
  return fields.map((field, i) => ({ name: field.name, rex: input(offset + i, field.type) }));
}
