import type { ColumnType } from '../../common/column-type.js';
import type { FunctionContext } from '../../expressions/functions/expr-function.js';
import type { LeafPlan } from '../../plan/leaf-plan.js';
import { isDerivedColumn } from '../../query/desugar/derived-columns.js';
import type { Dictionary } from '../../vectors/block.js';
import type { RunContext, RunSegment } from '../run.js';
import { compileVirtualColumns } from './compile-virtual-columns.js';
import { onlySummed } from './only-summed.js';
import { VectorScratch } from './vector-scratch.js';
import { VirtualBlock } from './virtual-block.js';
import { columnScope, type VirtualDefinition } from './virtual-definition.js';

const NO_LOOKUPS: FunctionContext = { lookup: () => undefined };

/** A context whose blocks have the virtual columns of a plan as if they were stored; the same one when the plan has none. */
export function withVirtualColumns(plan: LeafPlan, context: RunContext): RunContext {
  if (plan.virtualColumns.length === 0) return context;
  const { lookup } = context;
  const definitions = compileVirtualColumns(plan.virtualColumns, lookup === undefined ? NO_LOOKUPS : { lookup });
  const scratch = new VectorScratch(context);
  const summed = onlySummed(plan);
  return {
    segments: context.segments.map((segment) => virtualSegment(segment, definitions, scratch, summed)),
    home: context.home,
    kernels: (arena) => context.kernels(arena),
    scratch: (arena) => context.scratch(arena),
    buffer: (arena, end) => context.buffer(arena, end),
    exchange: context.exchange,
    isComplete: (segment) => context.isComplete(segment),
    ...(lookup !== undefined && { lookup }),
  };
}

/** A segment with virtual columns among its own: in a scan of all columns they come after `__time`. */
export function virtualSegment(
  segment: RunSegment,
  definitions: ReadonlyMap<string, VirtualDefinition>,
  scratch: VectorScratch,
  summed: ReadonlySet<string> = new Set(),
): RunSegment {
  const stored = segment.columnTypes;
  const typeOf = columnScope(
    definitions,
    (name: string): ColumnType | undefined => stored[name],
    (definition, inner) => definition.typeIn(inner),
  );
  const columnTypes: Record<string, ColumnType> = {};
  const [time, ...others] = Object.keys(stored);
  for (const name of [...(time === undefined ? [] : [time]), ...definitions.keys(), ...others]) {
    const type = typeOf(name);
    if (type !== undefined) columnTypes[name] = type;
  }
  const dictionaryOf = columnScope(
    definitions,
    (name: string) => storedDictionary(segment, name),
    (definition, inner) => definition.dictionaryIn?.(inner, typeOf),
  );
  const spaces = Object.entries(segment.spaces ?? {}).filter(([name]) => !definitions.has(name));
  return {
    ...segment,
    columnTypes,
    spaces: Object.fromEntries(spaces),
    block: (index) => new VirtualBlock(segment.block(index), definitions, typeOf, scratch, summed),
    dictionaryOf: (name) => (definitions.has(name) ? (dictionaryOf(name) ?? null) : undefined),
    shownColumns: Object.keys(columnTypes).filter((name) => !(isDerivedColumn(name) && definitions.has(name))),
  };
}

/** A segment's blocks share one dictionary; one that still grows is the largest in the last block. */
function storedDictionary(segment: RunSegment, column: string): Dictionary | undefined {
  for (let index = segment.numBlocks - 1; index >= 0; index--) {
    const stored = segment.block(index).stored(column);
    if (stored?.kind === 'ids') return stored.dictionary;
    if (stored !== undefined) return undefined;
  }
  return undefined;
}
