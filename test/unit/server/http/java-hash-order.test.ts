import { expect, test } from 'vitest';
import { javaHashOrder } from '../../../../src/server/http/java-hash-order.js';

/** Dimensions of the data source `wikipedia` as Druid 33.0.0 listed them. */
const RECORDED =
  'isRobot countryIsoCode added regionName channel delta isUnpatrolled isNew isMinor isAnonymous deleted cityName metroCode ' +
  'namespace comment countryName page user regionIsoCode';

/** As its segments name them. */
const ADDED =
  'channel cityName comment countryIsoCode countryName isAnonymous isMinor isNew isRobot isUnpatrolled ' +
  'metroCode namespace page regionIsoCode regionName user delta added deleted';

test("columns come in the order of Druid's recorded answer", () => {
  expect(javaHashOrder(ADDED.split(' '))).toEqual(RECORDED.split(' '));
  expect(javaHashOrder([...ADDED.split(' '), ...ADDED.split(' ')])).toEqual(RECORDED.split(' '));
});
