/** A registered lookup that can be used. */
export interface Lookup {
  readonly version: string;
  readonly isOneToOne: boolean;
  readonly map: ReadonlyMap<string, string | null>;
}

/** A `lookupExtractorFactory` of type `map`; undefined for any other, which nothing can load. @source Druid `MapLookupExtractorFactory.java` */
export function readFactory(version: string, factory: unknown): Lookup | undefined {
  if (!isObject(factory) || factory['type'] !== 'map' || !isObject(factory['map'])) return undefined;
  const map = new Map<string, string | null>();
  for (const [key, value] of Object.entries(factory['map'])) {
    map.set(key, value === null || value === undefined ? null : String(value));
  }
  return { version, isOneToOne: factory['isOneToOne'] === true, map };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
