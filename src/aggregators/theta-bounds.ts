import { formatDouble } from '../common/java-number.js';
import type { ThetaSketch } from '../sketches/theta-sketch.js';

/** An estimate with its bounds as JSON. @source Druid `theta/SketchEstimateWithErrorBounds.java` */
export function errorBoundsJson(sketch: ThetaSketch, deviations: 1 | 2 | 3): string {
  const [estimate, high, low] = [sketch.estimate(), sketch.upperBound(deviations), sketch.lowerBound(deviations)].map(
    formatDouble,
  );
  return `{"estimate":${estimate},"highBound":${high},"lowBound":${low},"numStdDev":${deviations}}`;
}
