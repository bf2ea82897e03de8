/** Filters after validation: over plain columns, with three-valued logic. Plain data, as in native-query.ts. */
import type { ColumnType } from '../common/column-type.js';
import type { Interval } from '../common/interval.js';
import type { StringOrdering } from '../common/string-compare.js';
import type { SearchSpec } from './search-spec.js';

/** A literal of a typed filter: LONG as decimal string, DOUBLE and FLOAT as number, STRING as string. */
export type MatchValue = string | number;

export type Filter =
  | { readonly type: 'true' | 'false' }
  | { readonly type: 'and' | 'or'; readonly fields: readonly Filter[] }
  /** `istrue` and `isfalse` are never unknown. */
  | { readonly type: 'not' | 'istrue' | 'isfalse'; readonly field: Filter }
  | { readonly type: 'null'; readonly column: string }
  | {
      readonly type: 'equals';
      readonly column: string;
      readonly matchValueType: ColumnType;
      readonly matchValue: MatchValue;
    }
  | { readonly type: 'selector'; readonly dimension: string; readonly value: string | null }
  | { readonly type: 'in'; readonly dimension: string; readonly values: readonly (string | null)[] }
  | {
      readonly type: 'inType';
      readonly column: string;
      readonly matchValueType: ColumnType;
      readonly values: readonly (MatchValue | null)[];
    }
  | {
      readonly type: 'bound';
      readonly dimension: string;
      readonly lower: string | null;
      readonly upper: string | null;
      readonly lowerStrict: boolean;
      readonly upperStrict: boolean;
      readonly ordering: StringOrdering;
    }
  | {
      readonly type: 'range';
      readonly column: string;
      readonly matchValueType: ColumnType;
      readonly lower: MatchValue | null;
      readonly upper: MatchValue | null;
      readonly lowerOpen: boolean;
      readonly upperOpen: boolean;
    }
  | { readonly type: 'like'; readonly dimension: string; readonly pattern: string; readonly escape: string | null }
  | { readonly type: 'interval'; readonly dimension: string; readonly intervals: readonly Interval[] }
  /** Matches anywhere in the text. */
  | { readonly type: 'regex'; readonly dimension: string; readonly pattern: string }
  | { readonly type: 'search'; readonly dimension: string; readonly query: SearchSpec }
  /** Texts of coordinates with commas between them. */
  | { readonly type: 'spatial'; readonly dimension: string; readonly bound: SpatialBound };

/** @source Druid `collections/spatial/search/*Bound.java` */
export type SpatialBound =
  | { readonly type: 'rectangular'; readonly minCoords: readonly number[]; readonly maxCoords: readonly number[] }
  /** `radius` in the unit of the coordinates; null `radiusUnit` = plane, else meters on the globe. */
  | {
      readonly type: 'radius';
      readonly coords: readonly number[];
      readonly radius: number;
      readonly radiusMeters: number | null;
    }
  | { readonly type: 'polygon'; readonly abscissa: readonly number[]; readonly ordinate: readonly number[] };
