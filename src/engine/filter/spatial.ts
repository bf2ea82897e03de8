import type { SpatialBound } from '../../query/native-query.js';

const EARTH_RADIUS_METERS = 6_371_000;

/** Whether a text of coordinates lies in a bound, borders included; what is no coordinates does not. @source Druid `collections/spatial/search/` */
export function spatialTest(bound: SpatialBound): (text: string) => boolean {
  return (text) => {
    const coords = text.split(',').map((part) => (part.trim() === '' ? Number.NaN : Number(part)));
    return coords.every(Number.isFinite) && contains(bound, coords);
  };
}

function contains(bound: SpatialBound, coords: readonly number[]): boolean {
  switch (bound.type) {
    case 'rectangular':
      return (
        coords.length === bound.minCoords.length &&
        coords.every((coord, i) => coord >= bound.minCoords[i]! && coord <= bound.maxCoords[i]!)
      );
    case 'radius': {
      if (coords.length !== bound.coords.length) return false;
      if (bound.radiusMeters !== null) return metersBetween(bound.coords, coords) <= bound.radiusMeters;
      const squares = coords.reduce((sum, coord, i) => sum + (coord - bound.coords[i]!) ** 2, 0);
      return squares <= bound.radius ** 2;
    }
    case 'polygon':
      return coords.length === 2 && isInPolygon(bound.abscissa, bound.ordinate, coords[0]!, coords[1]!);
  }
}

/** Great-circle distance of two points by latitude and longitude in degrees. */
function metersBetween([lat = 0, lon = 0]: readonly number[], [otherLat = 0, otherLon = 0]: readonly number[]): number {
  const radians = Math.PI / 180;
  const a =
    Math.sin(((otherLat - lat) * radians) / 2) ** 2 +
    Math.sin(((otherLon - lon) * radians) / 2) ** 2 * Math.cos(lat * radians) * Math.cos(otherLat * radians);
  return 2 * EARTH_RADIUS_METERS * Math.atan2(Math.sqrt(a), Math.sqrt(1 - a));
}

function isInPolygon(xs: readonly number[], ys: readonly number[], x: number, y: number): boolean {
  let isInside = false;
  for (let i = 0, before = xs.length - 1; i < xs.length; before = i++) {
    const [x1, y1, x2, y2] = [xs[before]!, ys[before]!, xs[i]!, ys[i]!];
    if (isOnSegment(x1, y1, x2, y2, x, y)) return true;
    if (y1 > y !== y2 > y && x < ((x1 - x2) * (y - y2)) / (y1 - y2) + x2) isInside = !isInside;
  }
  return isInside;
}

function isOnSegment(x1: number, y1: number, x2: number, y2: number, x: number, y: number): boolean {
  const cross = (x - x1) * (y2 - y1) - (y - y1) * (x2 - x1);
  const isBetween = x >= Math.min(x1, x2) && x <= Math.max(x1, x2) && y >= Math.min(y1, y2) && y <= Math.max(y1, y2);
  return cross === 0 && isBetween;
}
