"""Asks typical queries by Ibis' Druid backend: schemas from EXPLAIN, expressions, joins. Prints the answers as JSON by name.

usage: python ibis_queries.py BASE_URL
"""

import json
import sys
from urllib.parse import urlsplit

import ibis
from ibis import _

at = urlsplit(sys.argv[1])
connection = ibis.druid.connect(host=at.hostname, port=at.port, path="druid/v2/sql/")
edits = connection.table("wikipedia")
answers = {}


def rows(table):
    return [list(row.values()) for row in table.to_pyarrow().to_pylist()]


def value(expression):
    return expression.to_pyarrow().as_py()


answers["hasTable"] = "wikipedia" in connection.list_tables()
answers["sqlColumns"] = sorted(name for name, kind in edits.schema().items() if kind.is_integer())
answers["total"] = rows(edits.agg(n=_.count(), added=_.added.sum()))[0]
answers["extremes"] = rows(edits.agg(low=_.delta.min(), high=_.delta.max()))[0]
answers["mean"] = value(edits.added.mean())
by_channel = edits.group_by("channel").agg(n=_.count())
answers["topChannels"] = rows(by_channel.order_by(ibis.desc("n")).limit(5))
answers["largeChannels"] = rows(by_channel.filter(_.n > 1000).order_by("channel"))
answers["humansInEnglish"] = value(edits.filter(_.channel == "#en.wikipedia", _.isRobot != "true").count())
answers["germanOrFrench"] = value(edits.filter(_.channel.isin(["#de.wikipedia", "#fr.wikipedia"])).count())
answers["pagesWithA"] = value(edits.filter(_.page.startswith("A")).count())
answers["noCountry"] = value(edits.filter(_.countryName.isnull()).count())
answers["robots"] = value(edits.count(where=_.isRobot == "true"))
answers["distinctChannels"] = value(edits.channel.nunique())
large = by_channel.filter(_.n > 1000)
answers["editsInLargeChannels"] = value(edits.join(large, "channel").count())
answers["editsInOtherChannels"] = value(edits.anti_join(large, "channel").count())
letters = edits.group_by(letters=_.channel.substr(1, 2)).agg(n=_.count())
answers["firstLetters"] = rows(letters.order_by(ibis.desc("n")).limit(3))
hours = edits.group_by(hour=_["__time"].truncate("h")).agg(n=_.count()).order_by("hour")
answers["hourly"] = [[f"{hour:%Y-%m-%dT%H:%M:%S}.000Z", n] for hour, n in rows(hours)]

print(json.dumps(answers))
