"""Fill what the schema has just received: the activity of each line of a receipt, and which activity feeds children."""

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.models import OuterRef, Subquery


def fill(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """A receipt spoke of one activity until now; a canteen was what counted in « repas »."""
    receipts = apps.get_model("reservations", "BookingReceipt").objects.filter(pk=OuterRef("receipt"))
    apps.get_model("reservations", "ReceiptLine").objects.filter(activity=None).update(
        activity=Subquery(receipts.values("activity")[:1])
    )
    apps.get_model("reservations", "Activity").objects.filter(unit="repas").update(is_meal=True)


class Migration(migrations.Migration):
    dependencies = [("reservations", "0004_formulas_sites_closures_holidays_waiting")]

    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
