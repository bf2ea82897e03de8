import { describe, expect, it } from 'vitest';
import { preciseLog } from '../../../src/sketches/precise-log.js';

const RECORDED: readonly (readonly [number, number])[] = [
  [68.26666666666667, 4.223421604497243],
  [5.26478149100257, 1.661039642540952],
  [2.880450070323488, 1.0579465563561576],
  [2.4615384615384617, 0.9007865453381899],
  [1.7594501718213058, 0.5650013578680152],
  [1.6, 0.47000362924573563],
  [1.3420707732634338, 0.2942137743149961],
  [1.2175980975029725, 0.19688014562650494],
];

describe('preciseLog', () => {
  // Correctly rounded values computed with 60 decimal digits; Math.log of V8 gives another last digit for these.
  it.each(RECORDED)('rounds the logarithm of %s to the nearest double', (x, expected) => {
    expect(preciseLog(x)).toBe(expected);
  });

  it('agrees with Math.log to the last digits everywhere', () => {
    for (let x = 1e-9; x < 1e18; x *= 1.37) {
      expect(Math.abs(preciseLog(x) - Math.log(x))).toBeLessThanOrEqual(1e-15 * Math.max(1, Math.abs(Math.log(x))));
    }
  });

  it('is exactly zero at one', () => {
    expect(preciseLog(1)).toBe(0);
  });
});
