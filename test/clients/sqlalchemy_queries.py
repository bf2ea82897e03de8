"""Asks typical queries by SQLAlchemy over pydruid's dialect: reflection, expressions, parameters. Prints the answers as JSON by name.

usage: python sqlalchemy_queries.py BASE_URL
"""

import json
import sys
from urllib.parse import urlsplit

from sqlalchemy import MetaData, Table, and_, create_engine, desc, func, inspect, not_, or_, select, text

at = urlsplit(sys.argv[1])
engine = create_engine(f"druid://{at.hostname}:{at.port}/druid/v2/sql/")
inspector = inspect(engine)
edits = Table("wikipedia", MetaData(), autoload_with=engine)
connection = engine.connect()
answers = {}


def counted(condition):
    return connection.execute(select(func.count()).select_from(edits).where(condition)).scalar()


answers["hasTable"] = "wikipedia" in inspector.get_table_names(schema="druid")
answers["sqlColumns"] = sorted(c["name"] for c in inspector.get_columns("wikipedia") if str(c["type"]) == "BIGINT")
c = edits.c
answers["total"] = list(connection.execute(select(func.count(), func.sum(c.added))).one())
answers["extremes"] = list(connection.execute(select(func.min(c.delta), func.max(c.delta))).one())
answers["mean"] = connection.execute(select(func.avg(c.added))).scalar()
count = func.count().label("n")
by_channel = select(c.channel, count).group_by(c.channel)
answers["topChannels"] = [list(row) for row in connection.execute(by_channel.order_by(desc("n")).limit(5))]
answers["largeChannels"] = [
    list(row) for row in connection.execute(by_channel.having(func.count() > 1000).order_by(c.channel))
]
answers["humansInEnglish"] = counted(and_(c.channel == "#en.wikipedia", not_(c.isRobot == "true")))
answers["germanOrFrench"] = counted(c.channel.in_(["#de.wikipedia", "#fr.wikipedia"]))
answers["pagesWithA"] = counted(c.page.like("A%"))
answers["noCountry"] = counted(c.countryName.is_(None))
answers["robots"] = counted(or_(c.isRobot == "true", c.page == "it's nowhere"))
names = select(by_channel.subquery().c.channel).subquery()
answers["distinctChannels"] = connection.execute(select(func.count()).select_from(names)).scalar()
large = by_channel.having(func.count() > 1000).subquery()
joined = select(func.count()).select_from(edits.join(large, c.channel == large.c.channel))
answers["editsInLargeChannels"] = connection.execute(joined).scalar()
robots = text("SELECT channel, COUNT(*) FROM wikipedia WHERE isRobot = :robot GROUP BY 1 ORDER BY 2 DESC LIMIT 3")
answers["sqlRobots"] = [list(row) for row in connection.execute(robots, {"robot": "true"})]

print(json.dumps(answers))
