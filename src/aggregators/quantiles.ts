import type { AggregatorSpec } from '../query/native-query.js';
import { KllSketch } from '../sketches/kll-sketch.js';
import { QuantilesDoublesSketch } from '../sketches/quantiles-doubles.js';
import type { TableColumn } from '../vectors/table.js';
import { NumericInput } from './numeric-input.js';
import { repeatableRandom } from './repeatable-random.js';
import { SketchAggregator, type SketchKind } from './sketch-aggregator.js';

type Spec<T extends AggregatorSpec['type']> = Extract<AggregatorSpec, { readonly type: T }>;
type KllSpec = Spec<'KllDoublesSketch' | 'KllDoublesSketchMerge' | 'KllFloatsSketch' | 'KllFloatsSketchMerge'>;

/** @source Druid `DoublesSketchAggregatorFactory.java` */
export function createQuantiles(spec: Spec<'quantilesDoublesSketch'>): SketchAggregator<QuantilesDoublesSketch> {
  const random = repeatableRandom();
  return new SketchAggregator<QuantilesDoublesSketch>(
    {
      create: () => QuantilesDoublesSketch.create(spec.k, random),
      addValues: addNumbers(spec.fieldName, 'double'),
      merge: (sketch, image) => sketch.merge(QuantilesDoublesSketch.fromBytes(image, random)),
      write: (sketch) => sketch.toBytes(),
      finish: numbersOfValues,
    },
    spec.fieldName,
    spec.shouldFinalize,
    spec.isInputSketch,
  );
}

/** @source Druid `KllDoublesSketchAggregatorFactory.java`, `KllFloatsSketchAggregatorFactory.java` */
export function createKll(spec: KllSpec): SketchAggregator<KllSketch> {
  const random = repeatableRandom();
  const type = spec.type.startsWith('KllDoubles') ? 'doubles' : 'floats';
  return new SketchAggregator<KllSketch>(
    {
      create: () => KllSketch.create(type, spec.k, random),
      addValues: addNumbers(spec.fieldName, type === 'doubles' ? 'double' : 'float'),
      merge: (sketch, image) => sketch.merge(KllSketch.fromBytes(image, type, random)),
      write: (sketch) => sketch.toBytes(),
      finish: numbersOfValues,
    },
    spec.fieldName,
    true,
    spec.type.endsWith('Merge'),
  );
}

function addNumbers(
  fieldName: string,
  kind: 'double' | 'float',
): SketchKind<{ update(value: number): void }>['addValues'] {
  const input = new NumericInput(fieldName, { kind, unparsable: Number.NaN });
  return (block, selection, groups, sketchOf) => {
    if (!input.readDoubles(block, selection, groups)) return;
    for (let i = 0; i < input.count; i++) {
      sketchOf(input.groups === null ? 0 : input.groups[i]!).update(input.values[i]!);
    }
  };
}

function numbersOfValues(sketches: readonly ({ readonly n: number } | undefined)[]): TableColumn {
  return { type: 'LONG', values: BigInt64Array.from(sketches, (sketch) => BigInt(sketch?.n ?? 0)), nulls: null };
}
