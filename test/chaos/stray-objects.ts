import { openDeepStorage } from '../../src/deep-storage/open-deep-storage.js';
import { openMetadataStore } from '../../src/metadata/open-metadata-store.js';
import { eventually } from '../support/millrace-process.js';

/** Resolves when deep storage has the objects of all segments, and no others: kills have left nothing behind for good. */
export async function nothingIsStray(metadata: string, storageUri: string, dataSource: string): Promise<void> {
  const storage = await openDeepStorage(storageUri);
  const store = await openMetadataStore(metadata);
  try {
    await eventually(async () => {
      // Segments that come between the two lists are looked at in the next turn.
      const paths = new Set<string>();
      for await (const { key } of storage.list('')) paths.add(key.slice(0, key.lastIndexOf('/')));
      const { segments } = await store.snapshot();
      const unused = await store.unusedSegments(dataSource, null, Number.MAX_SAFE_INTEGER);
      const expected = new Set([...segments, ...unused].map(({ path }) => path));
      return paths.size === expected.size && [...paths].every((path) => expected.has(path)) ? true : undefined;
    }, 500);
  } finally {
    await store.close();
  }
}
