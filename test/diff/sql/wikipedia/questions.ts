/** Questions to the edits `w`; the second text is what DuckDB is asked where the dialects differ. */
export type Question = readonly [druid: string, duck?: string];

/** Of each kind that analysts ask: filters and nulls, groups, time, subqueries, joins, windows, expressions. */
export const QUESTIONS: readonly Question[] = [
  ['SELECT channel, COUNT(*) FROM w GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 5'],
  ['SELECT channel, COUNT(*) AS c FROM w GROUP BY channel HAVING COUNT(*) > 1000 ORDER BY c DESC'],
  ['SELECT channel, SUM(added) AS a FROM w GROUP BY channel HAVING a > 500000 ORDER BY a'],
  ['SELECT COUNT(*), COUNT(cityName), COUNT(DISTINCT cityName), SUM(added), MIN(added), MAX(added), AVG(added) FROM w'],
  ['SELECT COUNT(*) FROM w WHERE channel IN (SELECT channel FROM w GROUP BY channel HAVING COUNT(*) < 100)'],
  ['SELECT COUNT(*) FROM w WHERE channel NOT IN (SELECT channel FROM w GROUP BY channel HAVING COUNT(*) < 100)'],
  ["SELECT COUNT(*) FROM w WHERE countryName NOT IN ('Italy', 'France')"],
  ["SELECT COUNT(*) FROM w WHERE countryName NOT IN ('Italy', NULL)"],
  ["SELECT COUNT(*) FROM w WHERE countryName IN ('Italy', NULL)"],
  ['SELECT COUNT(*) FROM w WHERE cityName NOT IN (SELECT cityName FROM w WHERE added > 30000)'],
  [
    'SELECT COUNT(*) FROM w WHERE cityName NOT IN (SELECT cityName FROM w WHERE added > 30000 AND cityName IS NOT NULL)',
  ],
  ["SELECT COUNT(*) FROM w WHERE NOT (countryName = 'Italy' OR cityName = 'Rome')"],
  ["SELECT COUNT(*) FROM w WHERE countryName = 'Italy' AND NOT cityName = 'Rome'"],
  ["SELECT COUNT(*) FROM w WHERE countryName <> 'Italy'"],
  ["SELECT COUNT(*) FROM w WHERE (countryName = 'Italy') IS NOT TRUE"],
  ["SELECT COUNT(*) FROM w WHERE countryName IS DISTINCT FROM 'Italy'"],
  ['SELECT COUNT(*) FROM w WHERE cityName IS NULL AND countryName IS NOT NULL'],
  ["SELECT COUNT(*) FROM w WHERE COALESCE(cityName, countryName, 'x') = 'x'"],
  [
    "SELECT CASE WHEN added > 1000 THEN 'big' WHEN added > 10 THEN 'mid' ELSE 'small' END AS k, COUNT(*) FROM w GROUP BY 1 ORDER BY 1",
  ],
  ["SELECT CASE countryName WHEN 'Italy' THEN 1 WHEN 'France' THEN 2 END AS k, COUNT(*) FROM w GROUP BY 1 ORDER BY 1"],
  ["SELECT COUNT(*) FROM w WHERE page LIKE '%User%'"],
  ["SELECT COUNT(*) FROM w WHERE page LIKE 'User:%' AND page NOT LIKE '%/%'"],
  ["SELECT COUNT(*) FROM w WHERE page LIKE '_ser%'"],
  ["SELECT COUNT(*) FROM w WHERE LOWER(countryName) LIKE 'i%y'"],
  ['SELECT SUBSTRING(channel, 2, 2) AS l, COUNT(*) FROM w GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 4'],
  ['SELECT LENGTH(cityName), COUNT(*) FROM w GROUP BY 1 ORDER BY 1'],
  [
    'SELECT FLOOR(__time TO HOUR) AS h, COUNT(*), SUM(added) FROM w GROUP BY 1 ORDER BY 1',
    "SELECT date_trunc('hour', __time) AS h, COUNT(*), SUM(added) FROM w GROUP BY 1 ORDER BY 1",
  ],
  [
    "SELECT TIME_FLOOR(__time, 'PT6H') AS h, channel, COUNT(*) AS c FROM w WHERE channel IN ('#en.wikipedia','#fr.wikipedia') GROUP BY 1, 2 ORDER BY 1 DESC, 2",
    "SELECT time_bucket(INTERVAL 6 HOUR, __time, TIMESTAMP '1970-01-01') AS h, channel, COUNT(*) AS c FROM w WHERE channel IN ('#en.wikipedia','#fr.wikipedia') GROUP BY 1, 2 ORDER BY 1 DESC, 2",
  ],
  ['SELECT EXTRACT(HOUR FROM __time) AS h, COUNT(*) FROM w GROUP BY 1 ORDER BY 2 DESC LIMIT 3'],
  [
    "SELECT COUNT(*) FROM w WHERE __time >= TIMESTAMP '2015-09-12 10:00:00' AND __time < TIMESTAMP '2015-09-12 11:30:00'",
  ],
  [
    "SELECT COUNT(*) FROM w WHERE __time BETWEEN TIMESTAMP '2015-09-12 10:00:00' AND TIMESTAMP '2015-09-12 11:30:00' OR EXTRACT(HOUR FROM __time) = 3",
  ],
  ["SELECT COUNT(*) FROM w WHERE __time >= TIMESTAMP '2015-09-12 23:00:00' + INTERVAL '30' MINUTE"],
  ["SELECT COUNT(*) FROM w WHERE CAST(__time AS DATE) = DATE '2015-09-12'"],
  ["SELECT MIN(__time), MAX(__time) FROM w WHERE channel = '#it.wikipedia'"],
  [
    "SELECT SUM(added) FILTER (WHERE channel = '#en.wikipedia'), COUNT(*) FILTER (WHERE countryName = 'Italy'), SUM(added) FROM w",
  ],
  [
    "SELECT channel, countryName, SUM(added) FROM w WHERE countryName IN ('Italy','France') GROUP BY GROUPING SETS ((channel, countryName), (countryName), ()) ORDER BY 2, 1, 3 LIMIT 30",
  ],
  [
    "SELECT countryName, isRobot, COUNT(*) FROM w WHERE countryName LIKE 'I%' GROUP BY ROLLUP (countryName, isRobot) ORDER BY 1, 2, 3",
  ],
  ['SELECT isRobot, isNew, COUNT(*), GROUPING(isRobot, isNew) FROM w GROUP BY CUBE (isRobot, isNew) ORDER BY 4, 1, 2'],
  ['SELECT MAX(c), MIN(c), SUM(c), COUNT(*) FROM (SELECT channel, COUNT(*) AS c FROM w GROUP BY channel)'],
  ['SELECT AVG(s) FROM (SELECT channel, page, SUM(added) AS s FROM w GROUP BY 1, 2) WHERE s > 100'],
  [
    'SELECT c, COUNT(*) FROM (SELECT channel, COUNT(DISTINCT countryName) AS c FROM w GROUP BY channel) GROUP BY c ORDER BY c',
  ],
  ["SELECT DISTINCT countryName FROM w WHERE countryName LIKE 'S%' ORDER BY 1"],
  ['SELECT DISTINCT channel, isRobot FROM w ORDER BY channel DESC, isRobot LIMIT 5 OFFSET 3'],
  [
    'SELECT a.channel, a.c, b.d FROM (SELECT channel, COUNT(*) c FROM w GROUP BY 1) a INNER JOIN (SELECT channel, SUM(deleted) d FROM w WHERE deleted > 1000 GROUP BY 1) b ON a.channel = b.channel ORDER BY 1',
  ],
  [
    'SELECT a.channel, a.c, b.d FROM (SELECT channel, COUNT(*) c FROM w GROUP BY 1) a LEFT JOIN (SELECT channel, SUM(deleted) d FROM w WHERE deleted > 10000 GROUP BY 1) b ON a.channel = b.channel ORDER BY 1',
  ],
  [
    "SELECT COALESCE(a.k, b.k), a.c, b.c FROM (SELECT countryName k, COUNT(*) c FROM w WHERE isRobot='false' AND added > 3000 GROUP BY 1) a FULL JOIN (SELECT countryName k, COUNT(*) c FROM w WHERE deleted > 3000 GROUP BY 1) b ON a.k = b.k ORDER BY 1, 2, 3",
  ],
  [
    'SELECT COUNT(*) FROM w a JOIN (SELECT channel, MAX(added) m FROM w GROUP BY 1) b ON a.channel = b.channel AND a.added = b.m',
  ],
  ['SELECT COUNT(*) FROM w a WHERE EXISTS (SELECT 1 FROM w b WHERE b.page = a.page AND b.channel <> a.channel)'],
  [
    "SELECT channel, added FROM w a WHERE added = (SELECT MAX(added) FROM w b WHERE b.channel = a.channel) AND channel IN ('#it.wikipedia','#fr.wikipedia') ORDER BY channel, __time",
    "SELECT channel, added FROM w a WHERE added = (SELECT MAX(added) FROM w b WHERE b.channel = a.channel) AND channel IN ('#it.wikipedia','#fr.wikipedia') ORDER BY channel, __time",
  ],
  ['SELECT COUNT(*) FROM w WHERE added > (SELECT AVG(added) FROM w)'],
  [
    'WITH x AS (SELECT channel, SUM(added) s FROM w GROUP BY 1), y AS (SELECT AVG(s) m FROM x) SELECT x.channel FROM x, y WHERE x.s > y.m ORDER BY 1',
  ],
  [
    'SELECT channel, SUM(added) s, RANK() OVER (ORDER BY SUM(added) DESC) r FROM w GROUP BY channel ORDER BY r, channel LIMIT 6',
  ],
  [
    'SELECT h, c, SUM(c) OVER (ORDER BY h ROWS BETWEEN 2 PRECEDING AND CURRENT ROW) FROM (SELECT EXTRACT(HOUR FROM __time) h, COUNT(*) c FROM w GROUP BY 1) ORDER BY h',
  ],
  [
    'SELECT h, c, SUM(c) OVER (ORDER BY h), c - LAG(c) OVER (ORDER BY h), LEAD(c, 2) OVER (ORDER BY h) FROM (SELECT EXTRACT(HOUR FROM __time) h, COUNT(*) c FROM w GROUP BY 1) ORDER BY h',
  ],
  [
    "SELECT countryName, channel, c, ROW_NUMBER() OVER (PARTITION BY countryName ORDER BY c DESC, channel) rn FROM (SELECT countryName, channel, COUNT(*) c FROM w WHERE countryName LIKE 'I%' GROUP BY 1,2) ORDER BY 1, 4",
  ],
  [
    "SELECT countryName, c, FIRST_VALUE(c) OVER w1, LAST_VALUE(c) OVER w1, MAX(c) OVER w1 FROM (SELECT countryName, COUNT(*) c FROM w WHERE countryName LIKE 'I%' GROUP BY 1) WINDOW w1 AS (ORDER BY countryName ROWS BETWEEN 1 PRECEDING AND 1 FOLLOWING) ORDER BY 1",
  ],
  [
    'SELECT h, AVG(c) OVER (ORDER BY h RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW), NTILE(4) OVER (ORDER BY h), CUME_DIST() OVER (ORDER BY c), PERCENT_RANK() OVER (ORDER BY c), DENSE_RANK() OVER (ORDER BY c) FROM (SELECT EXTRACT(HOUR FROM __time) h, COUNT(*) c FROM w GROUP BY 1) ORDER BY h',
  ],
  [
    'SELECT channel, c * 100.0 / SUM(c) OVER () AS share FROM (SELECT channel, COUNT(*) c FROM w GROUP BY 1) ORDER BY 2 DESC LIMIT 5',
  ],
  [
    'SELECT isRobot, SUM(added) / COUNT(*), SUM(added) * 1.0 / COUNT(*), MAX(added) - MIN(added), SUM(added) % 1000 FROM w GROUP BY 1 ORDER BY 1',
  ],
  ['SELECT added / 1000 AS b, COUNT(*) FROM w WHERE added > 5000 GROUP BY 1 ORDER BY 1'],
  [
    'SELECT ROUND(AVG(added), 2), FLOOR(AVG(added)), CEIL(AVG(deleted)), ABS(MIN(delta)), SQRT(MAX(added)), POWER(2, 10) FROM w',
  ],
  [
    "SELECT CONCAT(countryName, '/', cityName) k, COUNT(*) FROM w WHERE countryName = 'Italy' GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 5",
    "SELECT countryName || '/' || cityName k, COUNT(*) FROM w WHERE countryName = 'Italy' GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 5",
  ],
  [
    "SELECT UPPER(SUBSTRING(countryIsoCode, 1, 1)), REPLACE(countryName, 'a', '*'), COUNT(*) FROM w WHERE countryIsoCode LIKE 'A%' GROUP BY 1, 2 ORDER BY 2",
  ],
  ["SELECT NULLIF(isRobot, 'false') k, COUNT(*) FROM w GROUP BY 1 ORDER BY 1"],
  ['SELECT COUNT(*) FROM w WHERE CAST(metroCode AS BIGINT) > 600'],
  ['SELECT CAST(metroCode AS BIGINT) m, COUNT(*) FROM w GROUP BY 1 ORDER BY 1 LIMIT 4'],
  ['SELECT GREATEST(added, deleted) g, COUNT(*) FROM w GROUP BY 1 ORDER BY 1 DESC LIMIT 3'],
  [
    "SELECT channel, EARLIEST(page), LATEST(page) FROM w WHERE channel IN ('#it.wikipedia','#vi.wikipedia') GROUP BY 1 ORDER BY 1",
    "SELECT channel, arg_min(page, __time), arg_max(page, __time) FROM w WHERE channel IN ('#it.wikipedia','#vi.wikipedia') GROUP BY 1 ORDER BY 1",
  ],
  ["SELECT STRING_AGG(DISTINCT isRobot, ',') FROM w", "SELECT 'false,true'"],
  ['SELECT channel, VAR_POP(added), STDDEV_SAMP(added) FROM w GROUP BY 1 HAVING COUNT(*) > 1 ORDER BY 1'],
  ['SELECT COUNT(*) FROM (SELECT channel FROM w UNION ALL SELECT channel FROM w)'],
  [
    'SELECT channel, COUNT(*) FROM (SELECT channel, added FROM w UNION ALL SELECT channel, added FROM w) GROUP BY 1 ORDER BY 1 LIMIT 3',
  ],
  ['SELECT x.a + y.b FROM (VALUES (1), (2)) x(a), (VALUES (10), (20)) y(b)'],
  [
    "SELECT t.k, COUNT(*) FROM (VALUES ('Italy', 'south'), ('France', 'west')) t(c, k) JOIN w ON w.countryName = t.c GROUP BY 1 ORDER BY 1",
  ],
  ['SELECT COUNT(*) FROM w WHERE added BETWEEN 10 AND 20 AND deleted NOT BETWEEN 0 AND 5'],
  ['SELECT COUNT(*) FROM w WHERE added > 10 AND added > 20 AND added < 15'],
  ['SELECT COUNT(*) FROM w WHERE 1 = 0'],
  ['SELECT SUM(added) FROM w WHERE 1 = 0 GROUP BY channel'],
  ["SELECT 1 + NULL, NULL = NULL, NULL IS NULL, 'a' || NULL, NOT NULL, NULL AND FALSE, NULL OR TRUE"],
  [
    'SELECT 7 / 2, -7 / 2, 7 % 3, -7 % 3, 7 / 2.0, 2147483647 + 1, 9007199254740993 + 2',
    'SELECT 7 // 2, -3, 7 % 3, -7 % 3, 7 / 2.0::DOUBLE, 2147483648, 9007199254740995',
  ],
  ["SELECT added, deleted FROM w WHERE page = 'Talk:Oswald Tilghman' AND added > 0"],
  ['SELECT COUNT(DISTINCT page), COUNT(DISTINCT "user") FROM w'],
  [
    "SELECT channel, COUNT(DISTINCT page) d, COUNT(DISTINCT CASE WHEN isRobot = 'true' THEN page END) FROM w GROUP BY 1 ORDER BY 2 DESC LIMIT 3",
  ],
  ["SELECT COUNT(*) FROM w WHERE (channel, isRobot) IN (('#en.wikipedia', 'true'), ('#fr.wikipedia', 'false'))"],
  [
    'SELECT a.channel FROM (SELECT channel, COUNT(*) c FROM w GROUP BY 1) a WHERE a.c = (SELECT MAX(c) FROM (SELECT COUNT(*) c FROM w GROUP BY channel))',
  ],
  [
    'SELECT q.channel, q.c FROM (SELECT channel, COUNT(*) c, ROW_NUMBER() OVER (ORDER BY COUNT(*) DESC) r FROM w GROUP BY 1) q WHERE q.r <= 3 ORDER BY q.r',
  ],
  ['SELECT page, COUNT(*) c FROM w GROUP BY page ORDER BY c DESC, page ASC LIMIT 3 OFFSET 2'],
  ['SELECT channel FROM w GROUP BY channel ORDER BY SUM(added) DESC, channel LIMIT 3'],
  ["SELECT channel FROM w GROUP BY channel ORDER BY COUNT(*) FILTER (WHERE isRobot = 'true') DESC, channel LIMIT 3"],
  ['SELECT COUNT(*) + 1, SUM(added) + COUNT(*) * 2, -SUM(deleted) FROM w'],
  ['SELECT MOD(added, 7) m, COUNT(*) FROM w GROUP BY MOD(added, 7) ORDER BY 1'],
  [
    'SELECT COUNT(*) FROM w l LEFT JOIN (SELECT DISTINCT channel FROM w WHERE added > 20000) r ON l.channel = r.channel WHERE r.channel IS NULL',
  ],
  [
    'SELECT COUNT(*) FROM (SELECT page, "user" FROM w WHERE channel = \'#it.wikipedia\') a, (SELECT page, "user" FROM w WHERE channel = \'#it.wikipedia\') b WHERE a.page = b.page AND a."user" <> b."user"',
  ],
  [
    'SELECT TIMESTAMPDIFF(MINUTE, MIN(__time), MAX(__time)) FROM w',
    "SELECT datediff('second', MIN(__time), MAX(__time)) // 60 FROM w",
  ],
  ["SELECT ANY_VALUE(channel) FROM w WHERE channel = '#it.wikipedia'"],
  [
    'SELECT isNew, ARRAY_LENGTH(ARRAY_AGG(DISTINCT isRobot)) FROM w GROUP BY 1 ORDER BY 1',
    'SELECT isNew, LEN(LIST(DISTINCT isRobot)) FROM w GROUP BY 1 ORDER BY 1',
  ],
  [
    "SELECT channel, added FROM w QUALIFY ROW_NUMBER() OVER (PARTITION BY channel ORDER BY added DESC, __time) = 1 AND channel LIKE '#f%'",
    "SELECT channel, MAX(added) FROM w WHERE channel LIKE '#f%' GROUP BY 1 ORDER BY 1",
  ],
  [
    "SELECT countryName, SUM(SUM(added)) OVER (ORDER BY countryName) FROM w WHERE countryName LIKE 'I%' GROUP BY countryName ORDER BY 1",
  ],
];
