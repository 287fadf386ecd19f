"""What is sealed, with which keys, and where it can be opened."""

import base64
import secrets
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from flowengine.runtime.store.sealing import VARIABLE, Seal, SealError, beside, from_environment, is_sealed

OLD, NEW = secrets.token_bytes(32), secrets.token_bytes(32)


def test_sealed_and_opened() -> None:
    seal = Seal([NEW])
    sealed = seal.close(b'{"pin":"8421"}', "CA1/session")
    assert is_sealed(sealed)
    assert b"8421" not in sealed
    assert seal.open(sealed, "CA1/session") == b'{"pin":"8421"}'
    assert seal.close(b"x", "CA1") != seal.close(b"x", "CA1")


@pytest.mark.parametrize("place", ["CA2/session", "CA1/memo", ""])
def test_no_two_can_be_exchanged(place: str) -> None:
    seal = Seal([NEW])
    with pytest.raises(SealError):
        seal.open(seal.close(b"x", "CA1/session"), place)


def test_not_a_byte_can_be_changed() -> None:
    seal = Seal([NEW])
    sealed = seal.close(b"text", "CA1")
    for at in range(1, len(sealed)):
        changed = sealed[:at] + bytes([sealed[at] ^ 1]) + sealed[at + 1 :]
        with pytest.raises(SealError):
            seal.open(changed, "CA1")


def test_a_new_key_seals_and_the_old_still_opens() -> None:
    before = Seal([OLD]).close(b"text", "CA1")
    both = Seal([NEW, OLD])
    assert both.open(before, "CA1") == b"text"
    assert Seal([NEW]).open(both.close(b"text", "CA1"), "CA1") == b"text"
    with pytest.raises(SealError, match=VARIABLE):
        Seal([NEW]).open(before, "CA1")


def test_keys_of_the_environment() -> None:
    texts = [base64.b64encode(key).decode() for key in (NEW, OLD)]
    assert from_environment({}) is None
    assert from_environment({VARIABLE: " "}) is None
    seal = from_environment({VARIABLE: ", ".join(texts)})
    assert seal is not None
    assert seal.open(Seal([OLD]).close(b"text", "CA1"), "CA1") == b"text"


@pytest.mark.parametrize("text", ["secret", "!!", base64.b64encode(b"short").decode(), ","])
def test_what_is_no_key_is_refused(text: str) -> None:
    with pytest.raises(SealError, match="openssl rand -base64 32"):
        from_environment({VARIABLE: text})


def test_a_key_beside_the_store_is_made_once_for_all_workers(tmp_path: Path) -> None:
    path = tmp_path / "state.db"
    with ThreadPoolExecutor(8) as pool:
        seals = list(pool.map(lambda _: beside(path), range(32)))
    sealed = seals[0].close(b"text", "CA1")
    assert all(seal.open(sealed, "CA1") == b"text" for seal in seals)
    (file,) = tmp_path.iterdir()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    file.write_text("no key")
    with pytest.raises(SealError, match=r"state\.db\.key"):
        beside(path)
