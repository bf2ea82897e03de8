import { LOWER_BOUND_DEVIATIONS, UPPER_BOUND_DEVIATIONS } from './binomial-tables.js';
import { preciseLog } from './precise-log.js';

const TAIL = [0.5, 0.15865531915860265, 0.02275026189041357, 0.0013498126861731796];
const MANY_SAMPLES = 120;
const NEARLY_ONE = 1 - 1e-5;
const SMALL_THETA_DIVISOR = 360;

/**
 * Lower bound of the number of distinct values when `samples` hashes were kept below `theta` (in (0, 1]), at 1, 2 or
 * 3 standard deviations.
 * @source Apache DataSketches `thetacommon/BinomialBoundsN.java`
 */
export function binomialLowerBound(samples: number, theta: number, deviations: 1 | 2 | 3): number {
  return Math.min(samples / theta, Math.max(samples, approximateLower(samples, theta, deviations)));
}

/** Upper bound; see `binomialLowerBound`. */
export function binomialUpperBound(samples: number, theta: number, deviations: 1 | 2 | 3): number {
  return Math.max(samples / theta, approximateUpper(samples, theta, deviations));
}

function approximateLower(samples: number, theta: number, deviations: number): number {
  if (theta === 1) return samples;
  if (samples === 0) return 0;
  const tail = TAIL[deviations]!;
  if (samples === 1) return Math.floor(preciseLog(1 - tail) / preciseLog(1 - theta));
  if (samples > MANY_SAMPLES) return classicLower(samples, theta, deviations) - 0.5;
  if (theta > NEARLY_ONE) return samples;
  if (theta < samples / SMALL_THETA_DIVISOR) {
    return classicLower(samples, theta, LOWER_BOUND_DEVIATIONS[3 * samples + deviations - 1]!) - 0.5;
  }
  return exactLower(samples, theta, tail);
}

function approximateUpper(samples: number, theta: number, deviations: number): number {
  if (theta === 1) return samples;
  const tail = TAIL[deviations]!;
  if (samples === 0) return Math.ceil(preciseLog(tail) / preciseLog(1 - theta));
  if (samples > MANY_SAMPLES) return classicUpper(samples, theta, deviations) + 0.5;
  if (theta > NEARLY_ONE) return samples + 1;
  if (theta < samples / SMALL_THETA_DIVISOR) {
    return classicUpper(samples, theta, UPPER_BOUND_DEVIATIONS[3 * samples + deviations - 1]!) + 0.5;
  }
  return exactUpper(samples + 1, theta, tail);
}

function classicLower(samples: number, theta: number, deviations: number): number {
  const centre = (samples - 0.5) / theta;
  const b = deviations * Math.sqrt((1 - theta) / theta);
  return centre + 0.5 * (b * b) - 0.5 * b * Math.sqrt(b * b + 4 * centre);
}

function classicUpper(samples: number, theta: number, deviations: number): number {
  const centre = (samples + 0.5) / theta;
  const b = deviations * Math.sqrt((1 - theta) / theta);
  return centre + 0.5 * (b * b) + 0.5 * b * Math.sqrt(b * b + 4 * centre);
}

/** Sums the negative binomial tail; callers keep samples / theta below 500, so it ends soon. */
function exactLower(samples: number, theta: number, tail: number): number {
  let term = theta ** samples;
  let total = term;
  let count = samples;
  while (total <= tail) {
    term = (term * (1 - theta) * count) / (count + 1 - samples);
    total += term;
    count++;
  }
  return count - 1;
}

function exactUpper(samples: number, theta: number, tail: number): number {
  let term = theta ** samples;
  let total = term;
  let count = samples;
  while (total < 1 - tail) {
    term = (term * (1 - theta) * count) / (count + 1 - samples);
    total += term;
    count++;
  }
  return count;
}
