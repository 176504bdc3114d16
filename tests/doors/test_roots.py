from __future__ import annotations

import pytest

from sazokar.doors.roots import read_roots, write_roots
from sazokar.errors import SazokarError
from sazokar.ledger.signing import SigningKey

KEY = SigningKey.from_seed(b"k" * 32).key_id
SMALL_ORDER = "01" + "00" * 31


@pytest.mark.requirement("SZK-40")
def test_what_is_written_is_read_whatever_the_names() -> None:
    given = {"ALPHA": (KEY,), 'Office "West" \\ Süd': (KEY, SigningKey.from_seed(b"l" * 32).key_id)}
    assert read_roots(write_roots(given), "roots.toml") == given


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "found nothing"),
        ("[[party]]\nname = 'A'\n", "party 1: expected a `name`"),
        ("[[party]]\nname = 3\nroots = []\n", "party 1"),
        ("[[party]]\nname = 'A'\nroots = []\n", r"party 1 \(A\): expected `roots`"),
        ("[[party]]\nname = 'A'\nroots = ['zz']\n", r"party 1 \(A\): found 'zz'"),
        (f"[[party]]\nname = 'A'\nroots = ['{SMALL_ORDER}']\n", "prime order"),
        (f"[[party]]\nname = 'A'\nroots = ['{KEY}']\ntrust = true\n", "nothing else"),
        (f"[[party]]\nname = 'A'\nroots = ['{KEY}']\n" * 2, "party 2"),
        (f"extra = 1\n[[party]]\nname = 'A'\nroots = ['{KEY}']\n", "found extra"),
        ("[[party", "not TOML"),
        ("party = [1]", "party 1"),
        ("[[party]]\nname = 'A'\nroots = [7]\n", "found 7"),
    ],
)
def test_a_faulty_roots_file_is_refused_with_its_place(text: str, message: str) -> None:
    with pytest.raises(SazokarError, match=message):
        read_roots(text.encode(), "roots.toml")
