"""Claims to companies' pages, disputes, invitations, and what merged pages were called."""

from peewee import ForeignKeyField, IntegerField, JSONField, Model, TextField

from parley.kernel.db import InstantField
from parley.vendors.domains import skeleton

COLUMNS = ("controls", "lapsed_at", "name_skeleton", "domain_skeleton")
INDEXES = ("vendor_controls", "vendor_name_skeleton", "vendor_domain_skeleton")
TABLES = ("vendor_alias", "claim", "dispute", "invitation")


def up(migrator, db):
    class Account(Model):
        id = TextField(primary_key=True)

        class Meta:
            database = db
            table_name = "account"

    class Vendor(Model):
        id = TextField(primary_key=True)
        name = TextField()
        domain = TextField(null=True)
        name_skeleton = TextField(default="")
        domain_skeleton = TextField(default="")

        class Meta:
            database = db
            table_name = "vendor"

    migrator.migrate(
        migrator.add_column("vendor", "controls", TextField(null=True)),
        migrator.add_column("vendor", "lapsed_at", InstantField(null=True)),
        migrator.add_column("vendor", "name_skeleton", TextField(default="")),
        migrator.add_column("vendor", "domain_skeleton", TextField(default="")),
        migrator.add_index("vendor", ("controls",), True),
        migrator.add_index("vendor", ("name_skeleton",), False),
        migrator.add_index("vendor", ("domain_skeleton",), False),
    )
    for vendor in Vendor.select(Vendor.id, Vendor.name, Vendor.domain):
        Vendor.update(
            name_skeleton=skeleton(vendor.name), domain_skeleton=skeleton(vendor.domain or "")
        ).where(Vendor.id == vendor.id).execute()

    class VendorAlias(Model):
        slug = TextField(primary_key=True)
        vendor = ForeignKeyField(Vendor)
        old_id = TextField(index=True)
        name = TextField()
        name_key = TextField(index=True)
        domain = TextField(null=True, unique=True)
        steward = ForeignKeyField(Account)
        words = TextField(default="")
        at = InstantField()

        class Meta:
            database = db
            table_name = "vendor_alias"
            indexes = ((("at", "slug"), False),)

    class Claim(Model):
        id = TextField(primary_key=True)
        vendor = ForeignKeyField(Vendor)
        domain = TextField()
        token = TextField(unique=True)
        by = ForeignKeyField(Account)
        state = TextField(default="pending")
        method = TextField(null=True)
        created_at = InstantField()
        proved_at = InstantField(null=True)
        checked_at = InstantField(null=True)
        failures = IntegerField(default=0)
        seen = JSONField(default=dict)
        ended_at = InstantField(null=True)

        class Meta:
            database = db
            table_name = "claim"
            indexes = (
                (("state", "checked_at"), False),
                (("vendor", "state"), False),
                (("by", "state"), False),
            )

    class Dispute(Model):
        id = TextField(primary_key=True)
        kind = TextField()
        claim = ForeignKeyField(Claim)
        vendor = ForeignKeyField(Vendor)
        other = ForeignKeyField(Vendor, null=True, backref="+")
        opened_at = InstantField()
        decided_at = InstantField(null=True)
        decision = TextField(null=True)
        steward = ForeignKeyField(Account, null=True)
        words = TextField(default="")

        class Meta:
            database = db
            table_name = "dispute"
            indexes = ((("decided_at", "opened_at", "id"), False),)

    class Invitation(Model):
        id = TextField(primary_key=True)
        digest = TextField(unique=True)
        vendor = ForeignKeyField(Vendor)
        email = TextField()
        role = TextField()
        title = TextField(default="")
        by = ForeignKeyField(Account)
        created_at = InstantField()
        expires_at = InstantField()
        used_at = InstantField(null=True)

        class Meta:
            database = db
            table_name = "invitation"
            indexes = ((("vendor", "used_at", "expires_at"), False),)

    db.create_tables([VendorAlias, Claim, Dispute, Invitation])


def down(migrator, db):
    for table in reversed(TABLES):
        db.execute_sql(f'DROP TABLE "{table}"')
    for index in INDEXES:
        migrator.migrate(migrator.drop_index("vendor", index))
    for column in COLUMNS:
        migrator.migrate(migrator.drop_column("vendor", column))
