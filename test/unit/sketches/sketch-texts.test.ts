/** Texts about sketches against those recorded from datasketches-java (golden/README.md). */
import { describe, expect, it } from 'vitest';
import { DataSketchesHasher } from '../../../src/sketches/hashers.js';
import { HllSketch } from '../../../src/sketches/hll-sketch.js';
import { QuantilesDoublesSketch } from '../../../src/sketches/quantiles-doubles.js';
import { hllText, quantilesText, thetaText } from '../../../src/sketches/sketch-texts.js';
import { ThetaUnion } from '../../../src/sketches/theta-union.js';
import { golden } from './golden.js';

interface Texts {
  readonly n: number;
  readonly quantiles: string;
  readonly hll: string;
  readonly theta: string;
  readonly computedTheta: string;
}

const hasher = new DataSketchesHasher();

describe.each(golden('texts') as readonly Texts[])('the text about a sketch of $n values', (texts) => {
  it('is the library’s', () => {
    const quantiles = QuantilesDoublesSketch.create(128, () => 0);
    const hll = HllSketch.create(12, 'HLL_4');
    const theta = new ThetaUnion(512);
    for (let i = 0; i < texts.n; i++) {
      quantiles.update(i);
      hll.update(hasher.longWords(i, 0));
      theta.update(hasher.longWords(i, 0));
    }
    expect(quantilesText(quantiles)).toBe(texts.quantiles);
    expect(hllText(hll)).toBe(texts.hll);
    expect(thetaText(theta.result(), false)).toBe(texts.theta);
    expect(thetaText(theta.result(), true)).toBe(texts.computedTheta);
  });
});
