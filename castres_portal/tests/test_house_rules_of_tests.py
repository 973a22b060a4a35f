"""The tests themselves are strict: a missing template variable fails, and no other machine can be reached."""

import socket

import pytest
from django.conf import settings
from django.template import Context, Template, engines
from django.template.base import Origin

OURS = settings.BASE_DIR / "templates" / "page.html"
A_LIBRARY = settings.BASE_DIR / ".venv" / "lib" / "site-packages" / "library" / "page.html"


def render(text, path):
    return Template(text, origin=Origin(str(path)), engine=engines["django"].engine).render(Context({"known": 1}))


def test_a_missing_variable_fails_in_a_template_of_ours():
    with pytest.raises(AssertionError, match="missing"):
        render("{{ known }}{{ missing }}", OURS)


@pytest.mark.parametrize("text", ["{{ known }}{{ missing|default:'' }}", "{{ known }}{% if missing %}2{% endif %}"])
def test_a_variable_said_to_be_optional_passes(text):
    assert render(text, OURS) == "1"


def test_a_library_s_template_keeps_django_s_tolerance():
    assert render("{{ known }}{{ missing }}{{ missing|default:'2' }}{{ missing.more|upper }}", A_LIBRARY) == "12"


def test_another_machine_cannot_be_reached():
    with pytest.raises((RuntimeError, UserWarning), match="192.0.2.1"):
        socket.create_connection(("192.0.2.1", 80), timeout=1)
