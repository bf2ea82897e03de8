import { invalidInput } from '../../common/druid-error.js';
import type { HttpRequest } from './http-message.js';

/** A whole number in the query string, `fallback` without one. @throws DruidError INVALID_INPUT */
export function integerParameter<T>(
  request: HttpRequest,
  name: string,
  { min, max, fallback }: { readonly min: number; readonly max: number; readonly fallback: T },
): number | T {
  const text = request.query.get(name);
  if (text === null) return fallback;
  const value = /^-?\d{1,16}$/.test(text) ? Number(text) : Number.NaN;
  if (value >= min && value <= max) return value;
  throw invalidInput(`Parameter [${name}] must be a whole number from [${min}] to [${max}], not [${text}]`);
}
