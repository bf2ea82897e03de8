import { assert } from '../../common/assert.js';
import type { LeafPlan } from '../../plan/leaf-plan.js';
import { takeRows } from '../../vectors/take-rows.js';
import type { Table, TableColumn } from '../../vectors/table.js';
import { joinScans } from './join-scans.js';

/** First column of a thread's scan partial: the place of each row's block in the task. */
export const PLACE_COLUMN = '$place';

/** Places ascend by segment, then block; a segment of a task has fewer blocks than this. */
const PLACES_PER_SEGMENT = 2 ** 24;

export function placeOf(segment: number, block: number): number {
  return segment * PLACES_PER_SEGMENT + block;
}

/** The rows of one block with their place in front. */
export function withPlace(table: Table, place: number): Table {
  const places: TableColumn = { type: 'DOUBLE', values: new Float64Array(table.numRows).fill(place), nulls: null };
  return { numRows: table.numRows, names: [PLACE_COLUMN, ...table.names], columns: [places, ...table.columns] };
}

/**
 * The partials of one run, of which those of a scan become one table with the rows in the order of the blocks: pages of a scan without an order
 * then fit together, however the threads shared the blocks.
 */
export function inBlockOrder(plan: LeafPlan, partials: readonly Table[]): readonly Table[] {
  if (plan.kind !== 'scan') return partials;
  const filled = partials.filter(({ numRows }) => numRows > 0);
  const [only] = filled;
  if (only === undefined) return partials.slice(0, 1).map(withoutPlaces);
  if (filled.length === 1) return [withoutPlaces(inPlaceOrder(only))];
  return [withoutPlaces(inPlaceOrder(joinScans(filled)))];
}

/** The rows with their places in the order of these. */
export function inPlaceOrder(table: Table): Table {
  const places = placesOf(table);
  if (places.every((place, row) => row === 0 || places[row - 1]! <= place)) return table;
  const order = Uint32Array.from(places, (_, row) => row).sort((a, b) => places[a]! - places[b]! || a - b);
  return takeRows(table, order);
}

function withoutPlaces(table: Table): Table {
  placesOf(table);
  return { numRows: table.numRows, names: table.names.slice(1), columns: table.columns.slice(1) };
}

function placesOf(table: Table): Float64Array {
  const [places] = table.columns;
  assert(table.names[0] === PLACE_COLUMN && places?.type === 'DOUBLE', 'A scan partial begins with its places');
  return places.values;
}
