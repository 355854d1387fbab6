"""The first tables."""

from parley.accounts import models as accounts
from parley.advocates import models as advocates
from parley.archives import models as archives
from parley.journal import models as journal
from parley.kernel import db, fulltext, signing, versions
from parley.members import models as members
from parley.moderation import models as moderation
from parley.notifications import models as notifications
from parley.outbox import models as outbox
from parley.threads import models as threads
from parley.vendors import models as vendors

MODELS = [versions.Version, fulltext.Document, signing.SigningKey]
for module in (journal, outbox, accounts, members, vendors, advocates, threads, moderation,
               notifications, archives):
    MODELS += [model for model in vars(module).values()
               if isinstance(model, type) and issubclass(model, db.Model)
               and model.__module__ == module.__name__]


def up(migrator, database):
    database.create_tables(MODELS)
    for sql in fulltext.SQLITE_UP if db.is_sqlite() else fulltext.POSTGRES_UP:
        database.execute_sql(sql)


def down(migrator, database):
    if db.is_sqlite():
        database.execute_sql("DROP TABLE document_fts")
    database.drop_tables(list(reversed(MODELS)))
