import { describe, expect, it } from 'vitest';
import { binomialLowerBound, binomialUpperBound } from '../../../src/sketches/binomial-bounds.js';
import { golden } from './golden.js';

type Row = readonly [samples: number, theta: number, deviations: 1 | 2 | 3, lower: number, upper: number];

const recorded = (golden('theta') as { readonly bounds: readonly Row[] }).bounds;

describe('binomial bounds against DataSketches 4.2', () => {
  it('are the same for few and many samples, small and large theta', () => {
    const bounds = recorded.map(([samples, theta, deviations]) => [
      samples,
      theta,
      deviations,
      binomialLowerBound(samples, theta, deviations),
      binomialUpperBound(samples, theta, deviations),
    ]);
    expect(bounds).toEqual(recorded);
  });
});
