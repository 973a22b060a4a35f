import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from billing.payzen.signature import Algorithm, is_signed, sign
from billing.payzen.tests.messages import TEST_KEY, paid_fields, signed

VECTORS = json.loads((Path(__file__).parent / "signature_vectors.json").read_text(encoding="utf-8"))

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
names = st.from_regex(r"vads_[a-z_]{1,12}", fullmatch=True)
messages = st.dictionaries(names, texts, min_size=1, max_size=12)
keys = st.text(st.characters(codec="ascii", exclude_categories=["Cc", "Zs"]), min_size=1, max_size=32)
algorithms = st.sampled_from(list(Algorithm))


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["id"])
def test_published_vectors_are_reproduced(vector: dict[str, Any]) -> None:
    algorithm = Algorithm(vector["algorithm"])
    assert sign(vector["values"], vector["key"], algorithm) == vector["expected"]
    assert is_signed({**vector["values"], "signature": vector["expected"]}, vector["key"], algorithm)


def test_there_are_fourteen_published_vectors() -> None:
    assert len(VECTORS) == 14


@settings(deadline=None)
@given(messages, keys, algorithms)
def test_what_is_signed_is_recognised(fields: dict[str, str], key: str, algorithm: Algorithm) -> None:
    assert is_signed({**fields, "signature": sign(fields, key, algorithm)}, key, algorithm)


@settings(deadline=None)
@given(messages, keys, algorithms, st.data())
def test_one_changed_value_breaks_the_seal(
    fields: dict[str, str], key: str, algorithm: Algorithm, data: st.DataObject
) -> None:
    sealed = {**fields, "signature": sign(fields, key, algorithm)}
    name = data.draw(st.sampled_from(sorted(fields)))
    other = data.draw(texts.filter(lambda value: value != fields[name]))
    assert not is_signed({**sealed, name: other}, key, algorithm)


@settings(deadline=None)
@given(messages, keys, algorithms, st.data())
def test_a_removed_or_added_field_breaks_the_seal(
    fields: dict[str, str], key: str, algorithm: Algorithm, data: st.DataObject
) -> None:
    sealed = {**fields, "signature": sign(fields, key, algorithm)}
    name = data.draw(st.sampled_from(sorted(fields)))
    assert not is_signed({other: value for other, value in sealed.items() if other != name}, key, algorithm)
    assert not is_signed({**sealed, "vads_zz_added_later": ""}, key, algorithm)


@settings(deadline=None)
@given(messages, keys, keys, algorithms)
def test_another_key_does_not_open(fields: dict[str, str], key: str, other: str, algorithm: Algorithm) -> None:
    if key != other:
        assert not is_signed({**fields, "signature": sign(fields, key, algorithm)}, other, algorithm)


@pytest.mark.parametrize("name", sorted(paid_fields()))
def test_every_field_of_a_real_message_is_covered(name: str) -> None:
    message = signed(paid_fields())
    assert is_signed(message, TEST_KEY)
    assert not is_signed({**message, name: message[name] + "1"}, TEST_KEY)


def test_fields_outside_vads_are_not_covered() -> None:
    message = signed(paid_fields())
    assert is_signed({**message, "kr-answer": "anything"}, TEST_KEY)


def test_empty_values_stay_under_the_seal() -> None:
    assert sign({"vads_a": "1", "vads_b": "", "vads_c": "2"}, "key") != sign({"vads_a": "1", "vads_c": "2"}, "key")


def test_upper_case_sorts_before_lower_case() -> None:
    """As the platform does: `vads_threeds_cavvAlgorithm` after `vads_threeds_cavv`, `vads_aZ` before `vads_ab`."""
    assert sign({"vads_ab": "2", "vads_aZ": "1"}, "key") == sign({"vads_x1": "1", "vads_x2": "2"}, "key")


def test_blanks_pasted_around_the_key_are_trimmed() -> None:
    assert sign(paid_fields(), f" {TEST_KEY}\n") == sign(paid_fields(), TEST_KEY)


@pytest.mark.parametrize("key", ["", "  \n"])
def test_an_empty_key_is_refused_rather_than_used(key: str) -> None:
    with pytest.raises(ValueError, match=r"^The PayZen key is empty\.$"):
        sign(paid_fields(), key)
    with pytest.raises(ValueError, match=r"^The PayZen key is empty\.$"):
        is_signed(signed(paid_fields()), key)


@pytest.mark.parametrize("signature", ["", "é", "AAAA", "\ud800"])
def test_a_strange_signature_is_only_a_wrong_one(signature: str) -> None:
    assert not is_signed({**paid_fields(), "signature": signature}, TEST_KEY)
    assert not is_signed(paid_fields(), TEST_KEY)


def test_sha1_is_refused_by_a_shop_in_sha256() -> None:
    message = signed(paid_fields(), algorithm=Algorithm.SHA1)
    assert is_signed(message, TEST_KEY, Algorithm.SHA1)
    assert not is_signed(message, TEST_KEY, Algorithm.SHA256)
