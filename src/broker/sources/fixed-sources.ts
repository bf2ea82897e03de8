import type { HeldPublishes } from '../../metadata/held-publishes.js';
import type { MetadataView, VisibleSegment } from '../../metadata/metadata-view.js';
import type { StreamState } from '../../metadata/stream-state.js';
import type { DataSource } from '../../query/data-source.js';
import type { NativeQuery } from '../../query/native-query.js';
import { type FixedState, fixState } from '../fixed-state.js';

/** What a query and its subqueries are fixed to, all of the same S. */
export interface FixedSources {
  /** Of the tables of one place in the query. */
  of(tables: DataSource): FixedState;
  /** Of all of them. */
  readonly all: FixedState;
}

/**
 * Reads everything in one synchronous step.
 * @param held publishes whose rows are to come from indexers still
 */
export function fixSources(view: MetadataView, query: NativeQuery, held: HeldPublishes | null): FixedSources {
  const states = new Map<DataSource, FixedState>();
  fixQuery(view, query, held, states);
  const nothing = fixState(view, [], []);
  const segments = new Map<string, readonly VisibleSegment[]>();
  const streams = new Map<string, readonly StreamState[]>();
  for (const state of states.values()) {
    for (const [name, found] of state.segments) segments.set(name, found);
    for (const [name, found] of state.streams) streams.set(name, found);
  }
  return { of: (tables) => states.get(tables) ?? nothing, all: { s: view.s, segments, streams } };
}

function fixQuery(
  view: MetadataView,
  query: NativeQuery,
  held: HeldPublishes | null,
  states: Map<DataSource, FixedState>,
): void {
  const visit = (dataSource: DataSource): void => {
    switch (dataSource.type) {
      case 'tables':
        states.set(dataSource, fixState(view, dataSource.names, query.intervals, query.segments, held));
        return;
      case 'query':
        return fixQuery(view, dataSource.query, held, states);
      case 'join':
        visit(dataSource.left);
        return visit(dataSource.right);
      case 'union':
        for (const member of dataSource.dataSources) visit(member);
        return;
      case 'unnest':
      case 'filter':
        return visit(dataSource.base);
      case 'inline':
      case 'lookup':
        return;
    }
  };
  if (query.queryType === 'union') for (const one of query.queries) fixQuery(view, one, held, states);
  else visit(query.dataSource);
}
