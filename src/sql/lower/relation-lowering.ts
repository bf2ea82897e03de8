import type { SqlTable } from '../sql-catalog.js';
import type {
  ExpressionLowering,
  LoweringContext,
  NativeSignature,
  VirtualColumnRegistry,
} from './native-expression.js';
import type { Json } from './partial-query.js';

/** What lowering of relations works with. */
export interface RelationLowering {
  readonly expressions: ExpressionLowering;
  readonly context: LoweringContext;
  /** For virtual columns over a source's columns, whose names they avoid. */
  newRegistry(source: NativeSignature): VirtualColumnRegistry;
  /** Context of every native query. */
  readonly queryContext: Json;
  /** Rows of metadata tables, read before. */
  readonly metadataRows: ReadonlyMap<SqlTable, readonly (readonly unknown[])[]>;
}
