/** Bounds of spatial filters. @source Druid `collections/spatial/search/*Bound.java` */
import {
  asObject,
  assertKnownType,
  type JsonObject,
  realList,
  realNumber,
  optionalText,
  typeOf,
} from './json-fields.js';
import type { SpatialBound } from './native-query.js';
import { refused } from './query-errors.js';

const PACKAGE = 'collections.spatial.search';
const BASE = `${PACKAGE}.Bound`;
const KNOWN = new Set(['polygon', 'radius', 'rectangular']);
/** Meters of each unit. */
const UNITS: Readonly<Record<string, number>> = {
  meters: 1,
  euclidean: 0,
  miles: 1609.344,
  kilometers: 1000,
};

/** @throws DruidError INVALID_INPUT */
export function parseSpatialBound(json: unknown, javaClass: string): SpatialBound {
  if (json === undefined || json === null) throw refused(javaClass, 'bound must not be null');
  const fields = asObject(json, BASE);
  const type = typeOf(fields, BASE);
  assertKnownType(type, BASE, KNOWN);
  switch (type) {
    case 'rectangular':
      return parseRectangle(fields);
    case 'radius':
      return parseRadius(fields);
    default:
      return parsePolygon(fields);
  }
}

function parseRectangle(fields: JsonObject): SpatialBound {
  const minCoords = realList(fields, 'minCoords');
  const maxCoords = realList(fields, 'maxCoords');
  if (minCoords.length !== maxCoords.length) {
    throw refused(`${PACKAGE}.RectangularBound`, 'minCoords and maxCoords must have the same dimensionality');
  }
  return { type: 'rectangular', minCoords, maxCoords };
}

function parseRadius(fields: JsonObject): SpatialBound {
  const radius = realNumber(fields, 'radius', 0);
  const unit = optionalText(fields, 'radiusUnit')?.toLowerCase() ?? 'euclidean';
  const meters = UNITS[unit];
  if (meters === undefined) throw refused(`${PACKAGE}.RadiusBound`, `Unknown radiusUnit [${unit}]`);
  return {
    type: 'radius',
    coords: realList(fields, 'coords'),
    radius,
    radiusMeters: meters === 0 ? null : radius * meters,
  };
}

function parsePolygon(fields: JsonObject): SpatialBound {
  const abscissa = realList(fields, 'abscissa');
  const ordinate = realList(fields, 'ordinate');
  const javaClass = `${PACKAGE}.PolygonBound`;
  if (abscissa.length !== ordinate.length) throw refused(javaClass, 'abscissa and ordinate should be the same length');
  if (abscissa.length < 3) throw refused(javaClass, 'abscissa must be at least 3');
  return { type: 'polygon', abscissa, ordinate };
}
