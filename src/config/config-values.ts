/** Readers of option values. A reader takes text, or JSON from a file, and returns the typed value or what it should have been. */
import { resolve } from 'node:path';

/** `expected` completes "must be …". */
export type Read<T> = { readonly value: T } | { readonly expected: string };
export type Reader<T> = (raw: unknown) => Read<T>;

export type MetadataLocation =
  | { readonly kind: 'sqlite'; readonly path: string }
  | { readonly kind: 'postgres'; readonly url: string };

export type DeepStorageLocation =
  | { readonly kind: 'local'; readonly path: string }
  | { readonly kind: 's3'; readonly bucket: string; readonly prefix: string };

/** How the capacity for queries is shared. @source Druid `druid.query.scheduler.laning.strategy` */
export type QueryLanes =
  | { readonly strategy: 'none' }
  | { readonly strategy: 'hilo'; readonly maxLowPercent: number }
  | {
      readonly strategy: 'manual';
      readonly lanes: Readonly<Record<string, { readonly limit: number; readonly isPercent: boolean }>>;
    };

const UNITS: Readonly<Record<string, number>> = { '': 1, k: 2 ** 10, m: 2 ** 20, g: 2 ** 30, t: 2 ** 40 };

export const readText: Reader<string> = (raw) =>
  typeof raw === 'string' && raw.trim() !== '' ? { value: raw.trim() } : { expected: 'text' };

export const readFlag: Reader<boolean> = (raw) => {
  if (typeof raw === 'boolean') return { value: raw };
  const text = typeof raw === 'string' ? raw.toLowerCase() : '';
  if (text === 'true' || text === '1') return { value: true };
  return text === 'false' || text === '0' ? { value: false } : { expected: 'true or false' };
};

export function readInteger(min: number, max: number): Reader<number> {
  return (raw) => {
    const number = typeof raw === 'string' && /^\d+$/.test(raw.trim()) ? Number(raw) : raw;
    const isValid = typeof number === 'number' && Number.isInteger(number) && number >= min && number <= max;
    return isValid ? { value: number } : { expected: `a whole number from ${min} to ${max}` };
  };
}

/** `2g`, `512 MiB`, `1073741824`. */
export function readBytes(min: number): Reader<number> {
  const expected = `a size of at least ${min / 2 ** 20}m, such as 512m or 2g`;
  return (raw) => {
    const match = /^(\d+(?:\.\d+)?)\s*([kmgt]?)(?:i?b)?$/i.exec(String(raw).trim());
    const bytes = match ? Math.floor(Number(match[1]) * UNITS[match[2]!.toLowerCase()]!) : Number.NaN;
    return bytes >= min && bytes <= Number.MAX_SAFE_INTEGER ? { value: bytes } : { expected };
  };
}

export function readOneOf<const T extends string>(values: readonly T[]): Reader<T> {
  return (raw) => {
    const found = values.find((value) => value === String(raw).toLowerCase());
    return found === undefined ? { expected: `one of ${values.join(', ')}` } : { value: found };
  };
}

/** Text with `separator` between elements, or an array; each element is one of `values`, and at least one is needed. */
export function readSubset<const T extends string>(values: readonly T[], separator: string): Reader<readonly T[]> {
  const one = readOneOf(values);
  const expected = `at least one of ${values.join(', ')}, separated by [${separator}]`;
  return (raw) => {
    const found = new Set<T>();
    for (const element of elementsOf(raw, separator)) {
      const read = one(element);
      if ('expected' in read) return { expected };
      found.add(read.value);
    }
    return found.size > 0 ? { value: values.filter((value) => found.has(value)) } : { expected };
  };
}

/** Directories as absolute paths: text with `:` between them, or an array. */
export const readDirectories: Reader<readonly string[]> = (raw) => {
  const elements = elementsOf(raw, ':');
  return { value: elements.map((path) => resolve(path)) };
};

/** Beginnings of URLs: text with `,` between them, or an array. */
export const readUrls: Reader<readonly string[]> = (raw) => {
  const elements = elementsOf(raw, ',');
  const isUrl = (text: string): boolean => text === '*' || (/^https?:\/\//.test(text) && URL.canParse(text));
  return elements.every(isUrl) ? { value: elements } : { expected: 'URLs of http or https, or *' };
};

export const readPath: Reader<string> = (raw) => {
  const read = readText(raw);
  return 'expected' in read ? { expected: 'a path' } : { value: resolve(read.value) };
};

export const readMetadata: Reader<MetadataLocation> = (raw) => {
  const expected = 'postgres://user:password@host/database or the path of a SQLite file';
  const text = readText(raw);
  if ('expected' in text) return { expected };
  if (/^postgres(ql)?:\/\//.test(text.value)) {
    return URL.canParse(text.value) ? { value: { kind: 'postgres', url: text.value } } : { expected };
  }
  return text.value.includes('://') ? { expected } : { value: { kind: 'sqlite', path: resolve(text.value) } };
};

export const readDeepStorage: Reader<DeepStorageLocation> = (raw) => {
  const expected = 's3://bucket/prefix or the path of a directory';
  const text = readText(raw);
  if ('expected' in text) return { expected };
  const s3 = /^s3:\/\/([a-z\d][a-z\d.-]+)(?:\/(.*))?$/.exec(text.value);
  if (s3) return { value: { kind: 's3', bucket: s3[1]!, prefix: (s3[2] ?? '').replace(/\/+$/, '') } };
  return text.value.includes('://') ? { expected } : { value: { kind: 'local', path: resolve(text.value) } };
};

function elementsOf(raw: unknown, separator: string): readonly string[] {
  const elements: readonly unknown[] = Array.isArray(raw) ? raw : String(raw).split(separator);
  return elements.map((element) => String(element).trim()).filter((element) => element !== '');
}

/** `none`, `hilo:20`, `manual:a=5,b=10%`. */
export const readQueryLanes: Reader<QueryLanes> = (raw) => {
  const expected = 'none, hilo:<percent from 1 to 100> or manual:<lane>=<limit>,… where a limit may end in %';
  const [, strategy, rest = ''] = /^(none|hilo|manual)(?::(.*))?$/.exec(String(raw).trim()) ?? [];
  if (strategy === 'none') return { value: { strategy } };
  if (strategy === 'hilo') {
    const percent = readInteger(1, 100)(rest);
    return 'value' in percent ? { value: { strategy, maxLowPercent: percent.value } } : { expected };
  }
  if (strategy !== 'manual') return { expected };
  const lanes: Record<string, { limit: number; isPercent: boolean }> = {};
  for (const part of rest.split(',')) {
    const [, name, limit, percent] = /^\s*([^=\s]+)\s*=\s*(\d{1,6})(%?)\s*$/.exec(part) ?? [];
    if (name === undefined || Number(limit) < 1) return { expected };
    lanes[name] = { limit: Number(limit), isPercent: percent === '%' };
  }
  return { value: { strategy, lanes } };
};
