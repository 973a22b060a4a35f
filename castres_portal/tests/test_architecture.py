"""What import-linter cannot see: relations between tables point the same way as imports, and no module escapes its list."""

import pkgutil
import tomllib

from django.apps import apps
from django.conf import settings

import castres_portal

ORDER = ["base", "accounts", "families", "documents", "reservations", "billing"]


def test_no_table_points_to_an_app_above_its_own():
    wrong = []
    for model in apps.get_models(include_auto_created=True):
        own = model._meta.app_label
        if own not in ORDER:
            continue
        for field in model._meta.get_fields():
            if not field.is_relation or field.auto_created or field.related_model is None:
                continue
            target = field.related_model._meta.app_label
            if target in ORDER and ORDER.index(target) > ORDER.index(own):
                wrong.append(f"{own}.{model.__name__}.{field.name} -> {target}")
    assert wrong == []


def test_every_module_of_the_site_stands_in_the_top_layer():
    contracts = tomllib.loads((settings.BASE_DIR / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    top = {name.strip() for name in contracts[0]["layers"][0].split(":")}
    modules = {f"castres_portal.{module.name}" for module in pkgutil.iter_modules(castres_portal.__path__)}
    assert top == modules - {"castres_portal.base"}
