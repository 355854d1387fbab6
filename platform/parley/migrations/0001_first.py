"""The first tables: a frozen copy, independent of what the models become."""

from peewee import (
    BigAutoField,
    BigIntegerField,
    BooleanField,
    CompositeKey,
    ForeignKeyField,
    IntegerField,
    JSONField,
    Model,
    SmallIntegerField,
    TextField,
)

from parley.kernel.db import InstantField, is_sqlite

SQLITE = (
    "CREATE VIRTUAL TABLE document_fts USING fts5(title, body, content='document', "
    "content_rowid='id', tokenize='unicode61 remove_diacritics 2', prefix='3')",
    "CREATE TRIGGER document_ai AFTER INSERT ON document BEGIN INSERT INTO "
    "document_fts(rowid, title, body) VALUES (new.id, new.title, new.body); END",
    "CREATE TRIGGER document_ad AFTER DELETE ON document BEGIN INSERT INTO "
    "document_fts(document_fts, rowid, title, body) VALUES ('delete', old.id, "
    "old.title, old.body); END",
    "CREATE TRIGGER document_au AFTER UPDATE ON document BEGIN INSERT INTO "
    "document_fts(document_fts, rowid, title, body) VALUES ('delete', old.id, "
    "old.title, old.body); INSERT INTO document_fts(rowid, title, body) VALUES "
    "(new.id, new.title, new.body); END",
)
POSTGRESQL = (
    "ALTER TABLE document ADD COLUMN words tsvector GENERATED ALWAYS AS "
    "(setweight(to_tsvector('english', title), 'A') || to_tsvector('english', body)) "
    "STORED",
    "CREATE INDEX document_words ON document USING gin (words)",
)
TABLES = (
    "account", "vendor", "thread", "post", "act", "archive", "declaration", "document", "draft",
    "edit", "entry", "file", "follow", "helped", "identity", "membership", "me_too", "notice",
    "office", "pseudonym", "report", "representative", "round", "session", "signing_key",
    "sign_up", "silence", "task", "token", "vendor_follow", "version",
)


def up(migrator, db):
    class Account(Model):
        id = TextField(primary_key=True)
        email = TextField(unique=True, null=True)
        handle = TextField(unique=True)
        handle_key = TextField(unique=True)
        display_name = TextField()
        about = TextField(default="")
        time_zone = TextField(default="UTC")
        licence = TextField(default="CC-BY-4.0")
        password_hash = TextField(null=True)
        created_at = InstantField()
        closed_at = InstantField(null=True)
        suspended_at = InstantField(null=True)

        class Meta:
            database = db
            table_name = "account"
    db.create_tables([Account])

    class Vendor(Model):
        id = TextField(primary_key=True)
        slug = TextField(unique=True)
        name = TextField()
        name_key = TextField()
        domain = TextField(unique=True, null=True)
        category = TextField(default="other")
        about = TextField(default="")
        claimed_at = InstantField(null=True)
        created_at = InstantField()
        thread_count = IntegerField(default=0)
        waiting_count = IntegerField(default=0)
        solved_count = IntegerField(default=0)
        last_consultation_at = InstantField(null=True)

        class Meta:
            database = db
            table_name = "vendor"
            indexes = ((("name_key", "id"), False), (("category", "name_key", "id"), False))
    db.create_tables([Vendor])

    class Thread(Model):
        id = TextField(primary_key=True)
        vendor = ForeignKeyField(Vendor)
        author = ForeignKeyField(Account)
        kind = TextField()
        title = TextField()
        opened_at = InstantField()
        last_post_at = InstantField()
        post_count = IntegerField(default=1)
        status = TextField()
        outcome = TextField(null=True)
        solved_by = TextField(null=True)
        round = IntegerField(default=1)
        waiting_since = InstantField(null=True)
        turn_since = InstantField(null=True)
        turn_claim = TextField(null=True)
        turn_restarted = BooleanField(default=False)
        remind_at = InstantField(null=True)
        silent_at = InstantField(null=True)
        vendor_posted = BooleanField(default=False)
        first_answer_at = InstantField(null=True)
        closed_at = InstantField(null=True)
        idea_state = TextField(null=True)
        from_people = BooleanField(default=False)
        listed = SmallIntegerField(default=1)
        hidden_at = InstantField(null=True)
        locked_at = InstantField(null=True)
        product = TextField(default="")
        happened_where = TextField(default="")
        happened_when = TextField(default="")
        wish = TextField(default="")
        impact = TextField(null=True)
        affected = IntegerField(default=0)
        works_now = IntegerField(default=0)
        left_over = IntegerField(default=0)
        duplicate_of = ForeignKeyField("self", null=True)

        class Meta:
            database = db
            table_name = "thread"
            indexes = (
                (("listed", "opened_at", "id"), False),
                (("listed", "waiting_since", "id"), False),
                (("listed", "outcome", "closed_at", "id"), False),
                (("vendor", "listed", "opened_at", "id"), False),
                (("vendor", "listed", "waiting_since", "id"), False),
                (("vendor", "listed", "outcome", "closed_at", "id"), False),
                (("vendor", "kind", "listed", "opened_at", "id"), False),
                (("vendor", "listed", "last_post_at", "id"), False),
                (("author", "opened_at", "id"), False),
                (("remind_at",), False),
                (("silent_at",), False),
            )
    db.create_tables([Thread])

    class Post(Model):
        id = TextField(primary_key=True)
        thread = ForeignKeyField(Thread)
        number = IntegerField()
        author = ForeignKeyField(Account)
        hat = TextField()
        purpose = TextField(null=True)
        side = TextField(null=True)
        ties = JSONField(default=list)
        title = TextField(default="")
        saved_reply = BooleanField(default=False)
        ai_assisted = BooleanField(default=False)
        body = TextField()
        html = TextField()
        created_at = InstantField()
        edited_at = InstantField(null=True)
        removed_at = InstantField(null=True)
        hidden_at = InstantField(null=True)
        moved = BooleanField(default=False)
        helped_at = InstantField(null=True)
        solved_round = IntegerField(null=True)
        form_key = TextField(null=True)
        file_count = IntegerField(default=0)

        class Meta:
            database = db
            table_name = "post"
            indexes = (
                (("thread", "number"), True),
                (("author", "form_key"), True),
                (("thread", "author", "hat"), False),
                (("author", "created_at", "id"), False),
            )
    db.create_tables([Post])

    class Act(Model):
        id = TextField(primary_key=True)
        kind = TextField()
        steward = ForeignKeyField(Account)
        thread = ForeignKeyField(Thread)
        post = ForeignKeyField(Post, null=True)
        reason = TextField()
        words = TextField(default="")
        at = InstantField()

        class Meta:
            database = db
            table_name = "act"
            indexes = ((("at", "id"), False),)
    db.create_tables([Act])

    class Archive(Model):
        id = TextField(primary_key=True)
        account = ForeignKeyField(Account, on_delete="CASCADE")
        state = TextField(default="waiting")
        done = IntegerField(default=0)
        total = IntegerField(default=0)
        size = BigIntegerField(null=True)
        sha256 = TextField(null=True)
        asked_at = InstantField()
        ready_at = InstantField(null=True)
        expires_at = InstantField(null=True)

        class Meta:
            database = db
            table_name = "archive"
            indexes = ((("account", "asked_at"), False),)
    db.create_tables([Archive])

    class Declaration(Model):
        id = TextField(primary_key=True)
        account = ForeignKeyField(Account)
        vendor = ForeignKeyField(Vendor)
        ties = JSONField(default=list)
        since_year = IntegerField(null=True)
        received = TextField(default="")
        declared_at = InstantField()
        withdrawn_at = InstantField(null=True)

        class Meta:
            database = db
            table_name = "declaration"
            indexes = ((("account", "vendor"), True),)
    db.create_tables([Declaration])

    class Document(Model):
        id = BigAutoField()
        kind = TextField()
        ref = TextField()
        scope = TextField(default="")
        title = TextField()
        body = TextField()
        at = InstantField()

        class Meta:
            database = db
            table_name = "document"
            indexes = ((("kind", "ref"), True),)
    db.create_tables([Document])

    class Draft(Model):
        id = TextField(primary_key=True)
        account = ForeignKeyField(Account, null=True, on_delete="CASCADE")
        place = TextField()
        fields = JSONField(default=dict)
        updated_at = InstantField()

        class Meta:
            database = db
            table_name = "draft"
            indexes = ((("account", "place"), False),)
    db.create_tables([Draft])

    class Edit(Model):
        id = TextField(primary_key=True)
        post = ForeignKeyField(Post)
        at = InstantField()
        title = TextField(default="")
        body = TextField()
        html = TextField()

        class Meta:
            database = db
            table_name = "edit"
    db.create_tables([Edit])

    class Entry(Model):
        id = BigAutoField()
        at = InstantField()
        kind = TextField()
        subject = TextField()
        subject_id = TextField()
        actor = TextField(null=True)
        refs = JSONField(default=dict)

        class Meta:
            database = db
            table_name = "entry"
            indexes = ((("subject_id", "id"), False),)
    db.create_tables([Entry])

    class File(Model):
        id = TextField(primary_key=True)
        account = ForeignKeyField(Account)
        post = ForeignKeyField(Post, null=True)
        position = IntegerField(default=0)
        sha256 = TextField(index=True)
        media_type = TextField()
        name = TextField()
        size = IntegerField()
        width = IntegerField(null=True)
        height = IntegerField(null=True)
        added_at = InstantField()

        class Meta:
            database = db
            table_name = "file"
    db.create_tables([File])

    class Follow(Model):
        account = ForeignKeyField(Account, on_delete="CASCADE")
        thread = ForeignKeyField(Thread)
        since = InstantField()

        class Meta:
            database = db
            table_name = "follow"
            primary_key = CompositeKey("account", "thread")
    db.create_tables([Follow])

    class Helped(Model):
        post = ForeignKeyField(Post, primary_key=True)
        thread = ForeignKeyField(Thread)
        vendor = ForeignKeyField(Vendor)
        author = ForeignKeyField(Account)
        helper = ForeignKeyField(Account)
        at = InstantField()

        class Meta:
            database = db
            table_name = "helped"
            indexes = ((("helper", "vendor", "at"), False),)
    db.create_tables([Helped])

    class Identity(Model):
        id = TextField(primary_key=True)
        account = ForeignKeyField(Account, on_delete="CASCADE")
        issuer = TextField()
        subject = TextField()
        label = TextField(default="")
        linked_at = InstantField()

        class Meta:
            database = db
            table_name = "identity"
            indexes = ((("issuer", "subject"), True),)
    db.create_tables([Identity])

    class Membership(Model):
        account = ForeignKeyField(Account, primary_key=True, on_delete="CASCADE")
        since = InstantField()
        paid_until = InstantField()

        class Meta:
            database = db
            table_name = "membership"
    db.create_tables([Membership])

    class MeToo(Model):
        thread = ForeignKeyField(Thread)
        account = ForeignKeyField(Account)
        word = TextField()
        at = InstantField()

        class Meta:
            database = db
            table_name = "me_too"
            primary_key = CompositeKey("thread", "account")
    db.create_tables([MeToo])

    class Notice(Model):
        id = TextField(primary_key=True)
        account = ForeignKeyField(Account, on_delete="CASCADE")
        kind = TextField()
        thread = ForeignKeyField(Thread, null=True)
        post = ForeignKeyField(Post, null=True)
        at = InstantField()
        read_at = InstantField(null=True)

        class Meta:
            database = db
            table_name = "notice"
            indexes = ((("account", "at", "id"), False), (("account", "read_at"), False))
    db.create_tables([Notice])

    class Office(Model):
        id = TextField(primary_key=True)
        account = ForeignKeyField(Account, on_delete="CASCADE")
        role = TextField()
        since = InstantField()
        until = InstantField(null=True)

        class Meta:
            database = db
            table_name = "office"
    db.create_tables([Office])

    class Pseudonym(Model):
        id = TextField(primary_key=True)
        scope = TextField()
        account_id = TextField(index=True)

        class Meta:
            database = db
            table_name = "pseudonym"
            indexes = ((("scope", "account_id"), True),)
    db.create_tables([Pseudonym])

    class Report(Model):
        id = TextField(primary_key=True)
        post = ForeignKeyField(Post)
        thread = ForeignKeyField(Thread)
        reporter = ForeignKeyField(Account)
        vendor = ForeignKeyField(Vendor, null=True)
        reason = TextField()
        note = TextField(default="")
        at = InstantField()
        settled_at = InstantField(null=True)
        upheld = BooleanField(null=True)

        class Meta:
            database = db
            table_name = "report"
            indexes = ((("post", "reporter"), True), (("settled_at", "at", "id"), False))
    db.create_tables([Report])

    class Representative(Model):
        id = TextField(primary_key=True)
        vendor = ForeignKeyField(Vendor)
        account = ForeignKeyField(Account)
        role = TextField()
        title = TextField(default="")
        appointed_at = InstantField()
        accepted_at = InstantField(null=True)
        removed_at = InstantField(null=True)

        class Meta:
            database = db
            table_name = "representative"
            indexes = ((("vendor", "account"), True),)
    db.create_tables([Representative])

    class Round(Model):
        thread = ForeignKeyField(Thread)
        number = IntegerField()
        began_by = TextField()
        opened_at = InstantField()
        closed_at = InstantField(null=True)
        outcome = TextField(null=True)

        class Meta:
            database = db
            table_name = "round"
            primary_key = CompositeKey("thread", "number")
    db.create_tables([Round])

    class Session(Model):
        id = TextField(primary_key=True)
        token_hash = TextField(unique=True)
        account = ForeignKeyField(Account, on_delete="CASCADE")
        browser = TextField(default="")
        created_at = InstantField()
        seen_at = InstantField()
        ended_at = InstantField(null=True)

        class Meta:
            database = db
            table_name = "session"
    db.create_tables([Session])

    class SigningKey(Model):
        kid = TextField(primary_key=True)
        jwk_public = JSONField()
        jwk_private = TextField()
        created_at = InstantField()
        retired_at = InstantField(null=True)

        class Meta:
            database = db
            table_name = "signing_key"
    db.create_tables([SigningKey])

    class SignUp(Model):
        token_hash = TextField(primary_key=True)
        email = TextField()
        handle = TextField()
        display_name = TextField()
        time_zone = TextField(default="UTC")
        password_hash = TextField(null=True)
        browser = TextField()
        issuer = TextField(null=True)
        subject = TextField(null=True)
        label = TextField(default="")
        draft_id = TextField(null=True)
        expires_at = InstantField(index=True)

        class Meta:
            database = db
            table_name = "sign_up"
    db.create_tables([SignUp])

    class Silence(Model):
        account = ForeignKeyField(Account, on_delete="CASCADE")
        other = ForeignKeyField(Account, on_delete="CASCADE")
        kind = TextField()
        since = InstantField()

        class Meta:
            database = db
            table_name = "silence"
            primary_key = CompositeKey("account", "other")
    db.create_tables([Silence])

    class Task(Model):
        id = TextField(primary_key=True)
        kind = TextField()
        data = JSONField(default=dict)
        run_after = InstantField()
        attempts = IntegerField(default=0)
        leased_until = InstantField(null=True)
        created_at = InstantField()
        done_at = InstantField(null=True)
        failed_at = InstantField(null=True)
        held = BooleanField(default=False)
        error = TextField(default="")

        class Meta:
            database = db
            table_name = "task"
    waiting = Task.done_at.is_null() & Task.failed_at.is_null() & ~Task.held
    Task.add_index(Task.index(Task.run_after, Task.id, where=waiting))
    db.create_tables([Task])

    class Token(Model):
        token_hash = TextField(primary_key=True)
        purpose = TextField()
        account = ForeignKeyField(Account, on_delete="CASCADE")
        email = TextField(null=True)
        expires_at = InstantField(index=True)
        used_at = InstantField(null=True)

        class Meta:
            database = db
            table_name = "token"
    db.create_tables([Token])

    class VendorFollow(Model):
        account = ForeignKeyField(Account, on_delete="CASCADE")
        vendor = ForeignKeyField(Vendor)
        since = InstantField()

        class Meta:
            database = db
            table_name = "vendor_follow"
            primary_key = CompositeKey("account", "vendor")
    db.create_tables([VendorFollow])

    class Version(Model):
        key = TextField(primary_key=True)
        number = BigIntegerField()

        class Meta:
            database = db
            table_name = "version"
    db.create_tables([Version])

    for sql in SQLITE if is_sqlite() else POSTGRESQL:
        db.execute_sql(sql)


def down(migrator, db):
    if is_sqlite():
        db.execute_sql("DROP TABLE document_fts")
    for table in reversed(TABLES):
        db.execute_sql(f'DROP TABLE "{table}"')
