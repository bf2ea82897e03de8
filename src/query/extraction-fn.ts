/** CONTRACT. Extraction functions after validation: string (or number) to string. @source Druid `query/extraction/*.java` */
import type { GranularityJson } from '../common/granularity.js';
import type { SearchSpec } from './search-spec.js';

/** What an unmapped value becomes: itself, or the replacement (null = null). */
interface Missing {
  readonly retainMissingValue: boolean;
  readonly replaceMissingValueWith: string | null;
  /** Whether every key has a value of its own; absent or null = as the lookup says. */
  readonly injective?: boolean | null;
}

export type ExtractionFn =
  | {
      readonly type: 'regex';
      readonly expr: string;
      readonly index: number;
      readonly replaceMissingValue: boolean;
      readonly replaceMissingValueWith: string | null;
    }
  | { readonly type: 'partial'; readonly expr: string }
  | { readonly type: 'searchQuery'; readonly query: SearchSpec }
  /** length null = to the end. */
  | { readonly type: 'substring'; readonly index: number; readonly length: number | null }
  | { readonly type: 'strlen' | 'identity' }
  /** `locale`: a BCP 47 tag; without it the root locale. */
  | { readonly type: 'upper' | 'lower'; readonly locale?: string }
  | {
      readonly type: 'timeFormat';
      /** Joda pattern; null = ISO. */
      readonly format: string | null;
      readonly timeZone: string;
      readonly locale: string | null;
      readonly granularity: GranularityJson;
      readonly asMillis: boolean;
    }
  | { readonly type: 'time'; readonly timeFormat: string; readonly resultFormat: string; readonly joda: boolean }
  | ({ readonly type: 'lookup'; readonly map: Readonly<Record<string, string | null>> } & Missing)
  | ({ readonly type: 'registeredLookup'; readonly lookup: string } & Missing)
  | { readonly type: 'cascade'; readonly extractionFns: readonly ExtractionFn[] }
  | {
      readonly type: 'stringFormat';
      readonly format: string;
      readonly nullHandling: 'nullString' | 'emptyString' | 'returnNull';
    }
  | { readonly type: 'bucket'; readonly size: number; readonly offset: number };
