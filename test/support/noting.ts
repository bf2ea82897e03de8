import type { MetadataStore, NewSegment } from '../../src/metadata/metadata-store.js';

const OWNER = { nodeId: 'test', startedAtMs: 0 };

/** A store to which segments are published as if they had just been pushed: their paths are noted first. */
export function noting(store: MetadataStore): MetadataStore {
  const note = (segments: readonly NewSegment[]): Promise<void> =>
    store.noteUploads(
      OWNER,
      segments.map(({ path }) => path),
    );
  const methods: Pick<MetadataStore, 'publishSequence' | 'publishBatch' | 'replaceSegments'> = {
    publishSequence: async (request) => {
      await note(request.segments);
      return store.publishSequence(request);
    },
    publishBatch: async (request) => {
      await note(request.segments);
      return store.publishBatch(request);
    },
    replaceSegments: async (request) => {
      await note(request.outputs);
      return store.replaceSegments(request);
    },
  };
  return new Proxy(store, {
    get: (target, name) => {
      if (Object.hasOwn(methods, name)) return methods[name as keyof typeof methods];
      const member: unknown = Reflect.get(target, name, target);
      return typeof member === 'function' ? member.bind(target) : member;
    },
  });
}
