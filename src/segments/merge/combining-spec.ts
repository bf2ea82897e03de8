import type { AggregatorSpec } from '../../query/native-query.js';

/** The aggregator that combines stored values of a metric, reading the metric's own column. @source Druid `AggregatorFactory.getCombiningFactory` */
export function combiningSpec(metric: AggregatorSpec): AggregatorSpec {
  const { name } = metric;
  switch (metric.type) {
    case 'count':
      return { type: 'sum', kind: 'long', name, fieldName: name };
    case 'filtered':
      return combiningSpec({ ...metric.aggregator, name });
    case 'cardinality':
      return { type: 'hyperUnique', name, fieldName: name, isInputHyperUnique: true, round: metric.round };
    case 'hyperUnique':
      return { ...metric, fieldName: name, isInputHyperUnique: true };
    case 'thetaSketch':
      return { ...metric, fieldName: name, isInputThetaSketch: true };
    case 'HLLSketchBuild':
    case 'HLLSketchMerge':
      return { ...metric, type: 'HLLSketchMerge', fieldName: name };
    default:
      return { ...metric, fieldName: name };
  }
}
