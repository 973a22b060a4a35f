"""The database itself refuses to change an issued invoice: what ``Invoice.save`` forbids, an ``update()`` cannot do either.

SQLite refuses changes only: emptying a test database deletes rows there, where PostgreSQL truncates. A later migration that
rebuilds one of these tables on SQLite drops its trigger and must make it again (a test watches).
"""

from django.db import migrations

TABLES = ("billing_invoice", "billing_invoiceline")

POSTGRESQL_FUNCTION = """
CREATE FUNCTION billing_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'une facture émise ne change plus (table %)', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation';
END
$$
"""
POSTGRESQL_TRIGGER = """
CREATE TRIGGER {table}_frozen BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION billing_refuse_change()
"""
SQLITE_TRIGGER = """
CREATE TRIGGER {table}_frozen BEFORE UPDATE ON {table}
BEGIN SELECT RAISE(ABORT, 'une facture émise ne change plus (table {table})'); END
"""


def freeze(apps, schema_editor):
    on_postgresql = schema_editor.connection.vendor == "postgresql"
    if on_postgresql:
        schema_editor.execute(POSTGRESQL_FUNCTION, params=None)
    for table in TABLES:
        schema_editor.execute(
            (POSTGRESQL_TRIGGER if on_postgresql else SQLITE_TRIGGER).format(table=table), params=None
        )


def thaw(apps, schema_editor):
    on_postgresql = schema_editor.connection.vendor == "postgresql"
    for table in TABLES:
        schema_editor.execute(f"DROP TRIGGER {table}_frozen" + (f" ON {table}" if on_postgresql else ""), params=None)
    if on_postgresql:
        schema_editor.execute("DROP FUNCTION billing_refuse_change()", params=None)


class Migration(migrations.Migration):
    dependencies = [("billing", "0001_initial")]
    operations = [migrations.RunPython(freeze, thaw)]
