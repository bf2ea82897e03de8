/** Mean, variance of a sample (n - 1) and size of some numbers; NaN where there are too few. */
export interface SampleStatistics {
  readonly mean: number;
  readonly variance: number;
  readonly count: number;
}

/** @source Commons Math `SummaryStatistics.java` */
export function sampleStatistics(values: ArrayLike<number>): SampleStatistics {
  let mean = 0;
  let squares = 0;
  for (let i = 0; i < values.length; i++) {
    const deviation = values[i]! - mean;
    mean += deviation / (i + 1);
    squares += deviation * (values[i]! - mean);
  }
  const count = values.length;
  if (count === 0) return { mean: Number.NaN, variance: Number.NaN, count };
  return { mean, variance: count === 1 ? 0 : squares / (count - 1), count };
}

/** Two-sided p-value of the means being equal, for samples of unequal variances. @source Commons Math `TTest#tTest` */
export function welchTest(a: SampleStatistics, b: SampleStatistics): number {
  const shareA = a.variance / a.count;
  const shareB = b.variance / b.count;
  const t = Math.abs((a.mean - b.mean) / Math.sqrt(shareA + shareB));
  const freedom = (shareA + shareB) ** 2 / (shareA ** 2 / (a.count - 1) + shareB ** 2 / (b.count - 1));
  return regularizedBeta(freedom / (freedom + t * t), freedom / 2, 0.5);
}

const TINY = 1e-300;
const PRECISION = 1e-15;
const MAX_STEPS = 10_000;

/** Regularised incomplete beta function by its continued fraction. @source Numerical Recipes, 6.4 */
function regularizedBeta(x: number, a: number, b: number): number {
  if (Number.isNaN(x) || Number.isNaN(a)) return Number.NaN;
  if (x <= 0) return 0;
  if (x >= 1) return 1;
  if (x > (a + 1) / (a + b + 2)) return 1 - regularizedBeta(1 - x, b, a);
  const front = Math.exp(logGamma(a + b) - logGamma(a) - logGamma(b) + a * Math.log(x) + b * Math.log1p(-x)) / a;
  let c = 1;
  let d = 1 / nonZero(1 - ((a + b) * x) / (a + 1));
  let fraction = d;
  for (let m = 1; m <= MAX_STEPS; m++) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m));
    d = 1 / nonZero(1 + even * d);
    c = nonZero(1 + even / c);
    fraction *= d * c;
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
    d = 1 / nonZero(1 + odd * d);
    c = nonZero(1 + odd / c);
    fraction *= d * c;
    if (Math.abs(d * c - 1) < PRECISION) break;
  }
  return front * fraction;
}

function nonZero(value: number): number {
  return Math.abs(value) < TINY ? TINY : value;
}

const LANCZOS = [
  0.999_999_999_999_809_9, 676.520_368_121_885_1, -1259.139_216_722_402_8, 771.323_428_777_653_1,
  -176.615_029_162_140_6, 12.507_343_278_686_905, -0.138_571_095_265_720_12, 9.984_369_578_019_572e-6,
  1.505_632_735_149_311_6e-7,
];

/** Logarithm of the gamma function above 0, by Lanczos' approximation. */
function logGamma(x: number): number {
  if (x < 0.5) return Math.log(Math.PI / Math.sin(Math.PI * x)) - logGamma(1 - x);
  const z = x - 1;
  const sum = LANCZOS.reduce((total, coefficient, i) => (i === 0 ? coefficient : total + coefficient / (z + i)), 0);
  const t = z + 7.5;
  return 0.5 * Math.log(2 * Math.PI) + (z + 0.5) * Math.log(t) - t + Math.log(sum);
}
