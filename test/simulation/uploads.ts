import { uploadsDuty } from '../../src/coordination/coordinator/uploads-duty.js';
import { deletePushed } from '../../src/indexing/publish/push.js';
import type { Shared, SimulatedNode } from './simulated-node.js';

const PERIOD_MS = 3_000;
/** Short: nodes that are only slow are taken for dead as well. */
const UPLOADS_SILENT_MS = 8_000;
/** Longer than a push lasts that its node has given up. */
export const UPLOADS_LATE_MS = 30_000;

/** Deletes what was pushed in vain, as a coordinator does. */
export function deleteUploads(node: SimulatedNode): void {
  const { store, deepStorage } = node;
  const duty = uploadsDuty({
    store,
    remove: (path) => deletePushed(deepStorage, path),
    periodMs: PERIOD_MS,
    silentMs: UPLOADS_SILENT_MS,
    lateMs: UPLOADS_LATE_MS,
    onDeleted: (paths) => node.shared.world.note(`${node.id}: deletes ${paths.length} uploads`),
  });
  node.every(duty.periodMs, () => duty.run(0));
}

/** Paths of objects that no segment has, used or not, and of segments that lack objects. */
export async function strayPaths({ store, objects }: Shared, dataSource: string): Promise<string[]> {
  const { segments } = await store.snapshot();
  const unused = await store.unusedSegments(dataSource, null, Number.MAX_SAFE_INTEGER);
  const expected = [...segments, ...unused].flatMap(({ path }) =>
    ['data.arrow', 'index.roaring', 'segment.bin'].map((file) => `${path}/${file}`),
  );
  const found = new Set<string>();
  for await (const { key } of objects.list('')) found.add(key);
  const known = new Set(expected);
  return [...expected.filter((key) => !found.has(key)), ...[...found].filter((key) => !known.has(key))].sort();
}
