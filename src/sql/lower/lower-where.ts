import type { Rex } from '../rex/rex.js';
import type { VirtualColumnRegistry } from './native-expression.js';
import type { Json, Source } from './partial-query.js';
import type { RelationLowering } from './relation-lowering.js';
import { ETERNITY, splitTimeFilter } from './time-intervals.js';

export interface Where {
  readonly source: Source;
  readonly intervals: readonly string[];
  readonly filter: Json | null;
}

/** A WHERE as intervals and a filter; one that is never true leaves an empty inline data source. */
export function lowerWhere(
  condition: Rex | null,
  source: Source,
  registry: VirtualColumnRegistry,
  lowering: RelationLowering,
): Where {
  if (condition === null) return { source, intervals: [ETERNITY], filter: null };
  const folded = lowering.expressions.fold(condition, lowering.context);
  if (folded.kind === 'literal') {
    if (folded.value === true) return { source, intervals: [ETERNITY], filter: null };
    return { source: emptySource(source), intervals: [ETERNITY], filter: null };
  }
  const filter = lowering.expressions.lowerFilter(folded, source.signature, registry, lowering.context);
  if (!hasTime(source.json)) return { source, intervals: [ETERNITY], filter };
  const split = splitTimeFilter(filter);
  if (split.intervals.length === 0) return { source: emptySource(source), intervals: [ETERNITY], filter: null };
  return { source, intervals: split.intervals, filter: split.filter };
}

function emptySource(source: Source): Source {
  const json = {
    type: 'inline',
    columnNames: source.signature.map((c) => c.name),
    columnTypes: source.signature.map((c) => c.type),
    rows: [],
  };
  return { ...source, json };
}

/** Intervals prune segments of tables; the rows of subqueries and inline data have none. */
function hasTime(dataSource: Json): boolean {
  switch (dataSource['type']) {
    case 'table':
    case 'union':
      return true;
    case 'join':
      return hasTime(dataSource['left'] as Json);
    case 'unnest':
      return hasTime(dataSource['base'] as Json);
    default:
      return false;
  }
}
