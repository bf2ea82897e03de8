/**
 * Syntax tree of a statement, as written: nothing is resolved. Every node knows where it stands.
 * @source Calcite `SqlNode`; Druid `Parser.jj`
 */

/** Place in the text; lines and columns count from 1, the end is inclusive (as Calcite's `SqlParserPos`). */
export interface Span {
  readonly line: number;
  readonly column: number;
  readonly endLine: number;
  readonly endColumn: number;
}

export interface Name {
  readonly text: string;
  readonly at: Span;
}

export type Expression =
  | IdentifierNode
  | LiteralNode
  | IntervalNode
  | ParameterNode
  | CallNode
  | CaseNode
  | CastNode
  | SubqueryNode
  | InNode
  | SymbolNode
  | NamedArgumentNode;

/** `a.b.c`, `a.*`, `*`; also niladic functions such as CURRENT_TIMESTAMP. */
export interface IdentifierNode {
  readonly kind: 'identifier';
  readonly names: readonly Name[];
  readonly star: boolean;
  readonly at: Span;
}

export type LiteralType =
  | 'string'
  | 'binary'
  | 'integer'
  | 'decimal'
  | 'approximate'
  | 'boolean'
  | 'null'
  | 'date'
  | 'time'
  | 'timestamp';

export interface LiteralNode {
  readonly kind: 'literal';
  readonly type: LiteralType;
  /** Digits as written, the characters of a string, `TRUE`, `FALSE`, `UNKNOWN`, `NULL`. */
  readonly text: string;
  readonly at: Span;
}

export interface IntervalNode {
  readonly kind: 'interval';
  readonly negative: boolean;
  readonly text: string;
  readonly from: string;
  readonly to: string | null;
  readonly at: Span;
}

/** `?`; counted from 0. */
export interface ParameterNode {
  readonly kind: 'parameter';
  readonly index: number;
  readonly at: Span;
}

export interface CallNode {
  readonly kind: 'call';
  /** Upper case for operators; as written for functions. */
  readonly name: string;
  readonly operator: boolean;
  readonly operands: readonly Expression[];
  /** `f(*)`. */
  readonly star: boolean;
  readonly distinct: boolean;
  readonly ignoreNulls: boolean;
  readonly filter: Expression | null;
  /** WITHIN GROUP (ORDER BY …) or ORDER BY inside of the call. */
  readonly orderBy: readonly OrderItem[];
  readonly over: WindowSpec | Name | null;
  readonly at: Span;
}

export interface CaseNode {
  readonly kind: 'case';
  readonly value: Expression | null;
  readonly whens: readonly { readonly when: Expression; readonly result: Expression }[];
  readonly otherwise: Expression | null;
  readonly at: Span;
}

export interface CastNode {
  readonly kind: 'cast';
  /** SAFE_CAST and TRY_CAST. */
  readonly safe: boolean;
  readonly operand: Expression;
  readonly type: TypeName;
  readonly at: Span;
}

export interface TypeName {
  /** Upper case: `VARCHAR`, `DOUBLE`, `BIGINT`, `ARRAY` (with `element`), or a Druid complex name in quotes. */
  readonly name: string;
  readonly precision: number | null;
  readonly scale: number | null;
  readonly element: TypeName | null;
  readonly at: Span;
}

export interface SubqueryNode {
  readonly kind: 'subquery';
  readonly use: 'scalar' | 'exists' | 'array';
  readonly query: Query;
  readonly at: Span;
}

export interface InNode {
  readonly kind: 'in';
  readonly value: Expression;
  readonly negated: boolean;
  readonly list: readonly Expression[] | Query;
  readonly at: Span;
}

/** A word that belongs to the syntax of a call: the unit of EXTRACT, FLOOR TO, TIMESTAMPADD, flags of TRIM, options of JSON functions. */
export interface SymbolNode {
  readonly kind: 'symbol';
  readonly name: string;
  readonly at: Span;
}

export interface NamedArgumentNode {
  readonly kind: 'named';
  readonly name: Name;
  readonly value: Expression;
  readonly at: Span;
}

export interface OrderItem {
  readonly expression: Expression;
  readonly descending: boolean;
  readonly nullsFirst: boolean | null;
  readonly at: Span;
}

export interface WindowSpec {
  readonly kind: 'window';
  readonly base: Name | null;
  readonly partitionBy: readonly Expression[];
  readonly orderBy: readonly OrderItem[];
  readonly frame: WindowFrame | null;
  readonly at: Span;
}

export interface WindowFrame {
  readonly unit: 'ROWS' | 'RANGE' | 'GROUPS';
  readonly start: FrameBound;
  readonly end: FrameBound;
  readonly at: Span;
}

export type FrameBound =
  | { readonly type: 'unboundedPreceding' | 'unboundedFollowing' | 'currentRow' }
  | { readonly type: 'preceding' | 'following'; readonly offset: Expression };

export type Query = SelectNode | SetOperationNode | ValuesNode | WithNode | OrderedNode | ExplicitTableNode;

export interface SelectItem {
  readonly expression: Expression;
  readonly alias: Name | null;
}

export interface SelectNode {
  readonly kind: 'select';
  readonly distinct: boolean;
  readonly items: readonly SelectItem[];
  readonly from: TableNode | null;
  readonly where: Expression | null;
  readonly groupBy: GroupBy | null;
  readonly having: Expression | null;
  readonly windows: readonly { readonly name: Name; readonly spec: WindowSpec }[];
  readonly qualify: Expression | null;
  readonly at: Span;
}

export interface GroupBy {
  readonly distinct: boolean;
  readonly items: readonly GroupItem[];
}

export type GroupItem =
  | { readonly kind: 'expression'; readonly expression: Expression }
  /** `()` and `(a, b)`. */
  | { readonly kind: 'set'; readonly expressions: readonly Expression[] }
  | { readonly kind: 'rollup' | 'cube' | 'sets'; readonly items: readonly GroupItem[] };

export interface SetOperationNode {
  readonly kind: 'setOperation';
  readonly operator: 'UNION' | 'INTERSECT' | 'EXCEPT';
  readonly all: boolean;
  readonly left: Query;
  readonly right: Query;
  readonly at: Span;
}

export interface ValuesNode {
  readonly kind: 'values';
  readonly rows: readonly (readonly Expression[])[];
  readonly at: Span;
}

/** `TABLE t` as a query. */
export interface ExplicitTableNode {
  readonly kind: 'explicitTable';
  readonly table: IdentifierNode;
  readonly at: Span;
}

export interface WithNode {
  readonly kind: 'with';
  readonly recursive: boolean;
  readonly items: readonly { readonly name: Name; readonly columns: readonly Name[]; readonly query: Query }[];
  readonly body: Query;
  readonly at: Span;
}

export interface OrderedNode {
  readonly kind: 'ordered';
  readonly query: Query;
  readonly orderBy: readonly OrderItem[];
  readonly offset: Expression | null;
  readonly limit: Expression | null;
  readonly at: Span;
}

export interface TableAlias {
  readonly name: Name;
  readonly columns: readonly Name[];
}

export type TableNode =
  | NamedTable
  | DerivedTable
  | JoinNode
  | UnnestNode
  | TableFunctionNode
  | PivotNode
  | UnpivotNode
  | SampleNode;

export interface NamedTable {
  readonly kind: 'table';
  readonly names: readonly Name[];
  readonly alias: TableAlias | null;
  readonly extend: readonly ExtendColumn[] | null;
  readonly at: Span;
}

export interface ExtendColumn {
  readonly name: Name;
  readonly type: TypeName;
}

export interface DerivedTable {
  readonly kind: 'derived';
  readonly query: Query;
  readonly lateral: boolean;
  readonly alias: TableAlias | null;
  readonly at: Span;
}

export type JoinType = 'INNER' | 'LEFT' | 'RIGHT' | 'FULL' | 'CROSS' | 'COMMA';

export interface JoinNode {
  readonly kind: 'join';
  readonly type: JoinType;
  readonly natural: boolean;
  readonly left: TableNode;
  readonly right: TableNode;
  readonly on: Expression | null;
  readonly using: readonly Name[] | null;
  readonly at: Span;
}

export interface UnnestNode {
  readonly kind: 'unnest';
  readonly operands: readonly Expression[];
  readonly withOrdinality: boolean;
  readonly alias: TableAlias | null;
  readonly at: Span;
}

/** `TABLE(f(…))`, `TABLE(f(…)) EXTEND (…)`. */
export interface TableFunctionNode {
  readonly kind: 'tableFunction';
  readonly call: CallNode;
  readonly extend: readonly ExtendColumn[] | null;
  readonly alias: TableAlias | null;
  readonly at: Span;
}

export interface PivotNode {
  readonly kind: 'pivot';
  readonly input: TableNode;
  readonly aggregates: readonly SelectItem[];
  readonly axes: readonly IdentifierNode[];
  readonly values: readonly { readonly values: readonly Expression[]; readonly alias: Name | null }[];
  readonly alias: TableAlias | null;
  readonly at: Span;
}

export interface UnpivotNode {
  readonly kind: 'unpivot';
  readonly input: TableNode;
  readonly includeNulls: boolean;
  readonly measures: readonly Name[];
  readonly axes: readonly Name[];
  /** `(column, …) AS (literal, …)`: a column per measure, a literal per axis (null: named after the columns). */
  readonly values: readonly {
    readonly columns: readonly IdentifierNode[];
    readonly labels: readonly Expression[] | null;
  }[];
  readonly alias: TableAlias | null;
  readonly at: Span;
}

export interface SampleNode {
  readonly kind: 'sample';
  readonly input: TableNode;
  readonly at: Span;
}

export type Statement =
  | { readonly kind: 'query'; readonly query: Query }
  | { readonly kind: 'explain'; readonly statement: Statement }
  | IngestNode
  /** Known by name only: `DELETE`, `SET_OPTION`, `DESCRIBE_TABLE`, … */
  | { readonly kind: 'unsupported'; readonly name: string };

export interface IngestNode {
  readonly kind: 'ingest';
  readonly operation: 'INSERT' | 'REPLACE';
  readonly target: readonly Name[];
  readonly columns: readonly Name[];
  readonly query: Query;
  /** REPLACE: ALL or the condition of OVERWRITE WHERE; null when there is none. */
  readonly overwrite: 'ALL' | Expression | null;
  /** `ALL`, `HOUR`, …, or an expression; null when it is missing. */
  readonly partitionedBy: string | Expression | null;
  readonly clusteredBy: readonly OrderItem[];
  readonly at: Span;
}
