type Spec = Readonly<Record<string, unknown>>;

/**
 * The aggregator that merges what an ingestion spec's aggregator has stored, which is what Druid tells of a segment.
 * @source Druid `AggregatorFactory#getCombiningFactory` of each factory
 */
export function combiningSpec(spec: Spec): Spec {
  const { type, name } = spec;
  const stored = { name, fieldName: name };
  switch (type) {
    case 'count':
      return { type: 'longSum', ...stored };
    case 'hyperUnique':
    case 'cardinality':
      return { type: 'hyperUnique', ...stored, isInputHyperUnique: false, round: spec['round'] ?? false };
    case 'HLLSketchBuild':
    case 'HLLSketchMerge':
      return { type: 'HLLSketchMerge', ...stored, lgK: spec['lgK'] ?? 12, tgtHllType: spec['tgtHllType'] ?? 'HLL_4' };
    case 'thetaSketch':
      return { type, ...stored, size: spec['size'] ?? 16_384 };
    case 'quantilesDoublesSketch':
    case 'quantilesDoublesSketchMerge':
      return {
        type: 'quantilesDoublesSketchMerge',
        ...stored,
        k: spec['k'] ?? 128,
        maxStreamLength: spec['maxStreamLength'] ?? 1_000_000_000,
      };
    case 'filtered':
      return combiningSpec({ ...(spec['aggregator'] as Spec), ...(name !== undefined && { name }) });
    default: {
      const { expression: _, ...rest } = spec;
      return { ...rest, fieldName: name };
    }
  }
}
