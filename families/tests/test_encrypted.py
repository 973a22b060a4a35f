"""Encrypted fields: what a copy of the database tells, a key that changes, a key that does not fit."""

import logging

import pytest
from cryptography.fernet import Fernet
from django.core.exceptions import FieldError, ImproperlyConfigured
from django.core.management import CommandError, call_command
from django.core.serializers import deserialize, serialize
from django.db import connection

from castres_portal.base.encrypted import CannotDecrypt, decrypt, encrypt
from families.models import HealthRecord
from families.tests.factories import ChildFactory

pytestmark = pytest.mark.django_db
OLD, NEW = Fernet.generate_key().decode(), Fernet.generate_key().decode()
SECRET = "arachides-très-graves"


@pytest.fixture
def record(settings):
    settings.FIELD_KEYS = [OLD]
    return HealthRecord.objects.create(child=ChildFactory(), content={"drug": SECRET})


def stored() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT content FROM families_healthrecord")
        return str(cursor.fetchone()[0])


def test_the_database_holds_no_clear_text(record):
    assert "arachides" not in stored()
    assert "drug" not in stored()
    assert HealthRecord.objects.get().content == {"drug": SECRET}


def test_the_same_value_is_never_written_twice_the_same(record):
    before = stored()
    record.save()
    assert stored() != before


@pytest.mark.parametrize("key", ["content", "content__contains", "content__drug", "content__in"])
def test_an_encrypted_field_cannot_be_searched(record, key):
    with pytest.raises(FieldError):
        HealthRecord.objects.filter(**{key: SECRET}).exists()
    assert HealthRecord.objects.filter(content__isnull=False).exists()


def test_a_key_that_does_not_fit_says_what_to_do_and_shows_nothing(record, settings, caplog):
    settings.FIELD_KEYS = [NEW]
    with caplog.at_level(logging.DEBUG), pytest.raises(CannotDecrypt) as refusal:
        HealthRecord.objects.get()
    said = str(refusal.value)
    assert "families.HealthRecord.content" in said
    assert "rotate_field_keys" in said
    assert stored() not in said + caplog.text
    assert refusal.value.__cause__ is None


def test_a_list_that_leaves_the_content_needs_no_key(record, settings):
    settings.FIELD_KEYS = []
    assert HealthRecord.objects.defer("content").get().version == 0


@pytest.mark.parametrize("keys, said", [([], "FIELD_KEYS manque"), (["courte"], "n’est pas une clé")])
def test_no_key_or_a_bad_one_is_said(settings, keys, said):
    settings.FIELD_KEYS = keys
    with pytest.raises(ImproperlyConfigured, match=said) as refusal:
        encrypt("x")
    assert "courte" not in str(refusal.value)


def test_a_token_that_was_touched_is_refused(record):
    token = encrypt("x")
    with pytest.raises(CannotDecrypt):
        decrypt(token[:-4] + "AAA=")


def test_the_new_key_writes_and_the_old_one_still_reads(record, settings):
    settings.FIELD_KEYS = [NEW, OLD]
    assert HealthRecord.objects.get().content == {"drug": SECRET}
    HealthRecord.objects.get().save()
    settings.FIELD_KEYS = [NEW]
    assert HealthRecord.objects.get().content == {"drug": SECRET}


def test_rotation_writes_everything_again_and_the_old_key_can_go(record, settings, capsys):
    for _ in range(4):
        HealthRecord.objects.create(child=ChildFactory(), content={"drug": SECRET})
    settings.FIELD_KEYS = [NEW, OLD]
    call_command("rotate_field_keys", "--batch", "2")
    assert "families.HealthRecord.content : 5 réécrites sur 5." in capsys.readouterr().out
    settings.FIELD_KEYS = [NEW]
    assert [row.content["drug"] for row in HealthRecord.objects.all()] == [SECRET] * 5
    call_command("rotate_field_keys")  # again: nothing left to do
    assert "families.HealthRecord.content : 0 réécrites sur 5." in capsys.readouterr().out


def test_a_rotation_that_was_stopped_goes_on(record, settings, monkeypatch):
    from castres_portal.base import rotation

    for _ in range(3):
        HealthRecord.objects.create(child=ChildFactory(), content={"drug": SECRET})
    settings.FIELD_KEYS = [NEW, OLD]
    real, done = rotation._rotate, []

    def stop_after_two(*args):
        if len(done) == 2:
            raise KeyboardInterrupt
        done.append(real(*args))

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(rotation, "_rotate", stop_after_two)
        call_command("rotate_field_keys", "--batch", "1")
    call_command("rotate_field_keys", "--batch", "1")
    settings.FIELD_KEYS = [NEW]
    assert HealthRecord.objects.count() == len([row.content for row in HealthRecord.objects.all()])


def test_what_no_key_opens_is_named_by_its_number_and_left(record, settings, capsys):
    before = stored()
    settings.FIELD_KEYS = [NEW]
    with pytest.raises(CommandError, match="aucune clé"):
        call_command("rotate_field_keys")
    assert f"n° {record.pk}" in capsys.readouterr().err
    assert stored() == before


def test_a_dump_holds_tokens_and_can_be_loaded_again(record):
    dump = serialize("json", HealthRecord.objects.all())
    assert "arachides" not in dump
    HealthRecord.objects.all().delete()
    for row in deserialize("json", dump):
        row.save()
    assert HealthRecord.objects.get().content == {"drug": SECRET}
