/**
 * Asks typical queries by plywood, the engine of Turnilo, over plywood-druid-requester. Prints the answers as JSON by name.
 *
 * usage: node plywood_queries.cjs BASE_URL, in a directory where both packages are installed
 */
const { $, External, ply, r } = require('plywood');
const { druidRequesterFactory } = require('plywood-druid-requester');

async function main(base) {
  const requester = druidRequesterFactory({ host: new URL(base).host });
  const external = External.fromJS(
    { engine: 'druid', source: 'wikipedia', timeAttribute: '__time', allowSelectQueries: true },
    requester,
  );
  const wikipedia = await external.introspect();
  const day = $('__time').overlap({ start: new Date('2015-09-12T00:00:00Z'), end: new Date('2015-09-13T00:00:00Z') });
  const data = $('wikipedia').filter(day);
  const ask = async (expression) => {
    const value = await expression.compute({ wikipedia });
    return value && typeof value.toJS === 'function' ? value.toJS().data : value;
  };
  const split = (by, name, limit) =>
    data.split(by, name).apply('rows', $('wikipedia').count()).sort('$rows', 'descending').limit(limit);
  const pairs = (rows, name) => rows.map((row) => [row[name], row.rows]);
  const answers = {};

  const [total] = await ask(
    ply()
      .apply('wikipedia', data)
      .apply('rows', '$wikipedia.count()')
      .apply('added', '$wikipedia.sum($added)')
      .apply('low', '$wikipedia.min($delta)')
      .apply('high', '$wikipedia.max($delta)')
      .apply('mean', '$wikipedia.sum($added) / $wikipedia.count()'),
  );
  answers.total = [total.rows, total.added];
  answers.extremes = [total.low, total.high];
  answers.mean = total.mean;

  const hourly = await ask(
    data
      .split($('__time').timeBucket('PT1H', 'Etc/UTC'), 'hour')
      .apply('rows', $('wikipedia').count())
      .sort('$hour', 'ascending'),
  );
  answers.hourly = hourly.map((row) => [new Date(row.hour.start).toISOString(), row.rows]);
  answers.topChannels = pairs(await ask(split('$channel', 'channel', 5)), 'channel');
  const flags = await ask(
    data
      .split({ isRobot: '$isRobot', isNew: '$isNew' })
      .apply('rows', $('wikipedia').count())
      .sort('$rows', 'descending')
      .limit(10),
  );
  answers.flags = flags.map((row) => [row.isRobot, row.isNew, row.rows]).sort();
  answers.largeChannels = pairs(
    await ask(
      data
        .split('$channel', 'channel')
        .apply('rows', $('wikipedia').count())
        .filter('$rows > 1000')
        .sort('$channel', 'ascending')
        .limit(50),
    ),
    'channel',
  );
  const count = (filter) => ask(data.filter(filter).count());
  answers.humansInEnglish = await count(
    $('channel')
      .is(r('#en.wikipedia'))
      .and($('isRobot').is(r('true')).not()),
  );
  answers.germanOrFrench = await count($('channel').in(r(['#de.wikipedia', '#fr.wikipedia'])));
  answers.pagesWithA = await count($('page').match('^A'));
  answers.noCountry = await count($('countryName').is(r(null)));
  answers.robots = await count($('isRobot').is(r('true')));
  answers.namedChannels = pairs(
    await ask(
      data
        .split($('channel').lookup('chan'), 'name')
        .apply('rows', $('wikipedia').count())
        .sort('$name', 'ascending')
        .limit(20),
    ),
    'name',
  ).filter(([name]) => name !== null);
  answers.search = pairs(
    await ask(
      data
        .filter($('channel').contains(r('FR'), 'ignoreCase'))
        .split('$channel', 'channel')
        .apply('rows', $('wikipedia').count())
        .sort('$channel', 'ascending')
        .limit(10),
    ),
    'channel',
  );
  answers.firstLetters = pairs(await ask(split($('channel').substr(1, 2), 'letters', 3)), 'letters');
  answers.distinctChannels = Math.round(await ask(data.countDistinct('$channel')));
  answers.scanned = (await ask(data.filter($('channel').is(r('#hi.wikipedia'))).limit(3))).length;
  answers.columns = wikipedia.rawAttributes.map(({ name }) => name).sort();
  process.stdout.write(`${JSON.stringify(answers)}\n`);
}

main(process.argv[2]).catch((error) => {
  console.error(error);
  process.exitCode = 1;
});
