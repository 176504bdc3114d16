"""RULES.toml: what it says is judged by, and what it cannot say is refused with its place."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sazokar.dialects import rules
from sazokar.domain.plan.rules import DEFAULT_MINIMA, Minima, RuleSet, SeparationClause, ZoneClause
from sazokar.errors import LimitError, RulesError, UnreadableError

pytestmark = pytest.mark.requirement("SZK-01")

TOP = "version = 1\n"
UAV = '[[clause]]\nnumber = "4.2"\nkind = "separation"\nbetween = ["uav", "transport"]\nhorizontal = "2NM"\n'
ZONE = '[[clause]]\nnumber = "7.1"\nkind = "zone"\nzone_kind = "protected-site"\nhorizontal = "500m"\n'


def read(text: str) -> RuleSet:
    """Return the rules of a text."""
    return rules.read(text.encode(), "RULES.toml")


def test_clauses_and_default_are_read() -> None:
    default = '[default]\nhorizontal = "5NM"\nvertical = "1000ft"\ntime = "5min"\n'
    found = read(TOP + default + UAV + ZONE)
    assert found.default == Minima(9_260_000, 3_048_000, 300_000)
    assert found.clauses == (
        SeparationClause("4.2", ("uav", "transport"), Minima(3_704_000, 3_048_000, 300_000)),
        ZoneClause("7.1", Minima(500_000, 0, 0), zone_kind="protected-site"),
    )


def test_a_file_without_default_is_judged_by_the_commands() -> None:
    assert read(TOP) == RuleSet(DEFAULT_MINIMA, ())


def test_a_vertical_minimum_in_feet_is_exact() -> None:
    assert read(TOP + '[default]\nvertical = "101ft"\n').default.vertical_e4 == 101 * 3048


def test_zero_needs_no_unit() -> None:
    assert read(TOP + "[default]\nvertical = 0\n").default.vertical_e4 == 0


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "version"),
        ("version = 2\n", "version 2"),
        ("version = true\n", "version true"),
        (TOP + "horizonal = 1\n", "'horizonal'"),
        (TOP + "[defaults]\n", "is 'default' meant"),
        (TOP + "[default]\nhorizontl = '1NM'\n", "is 'horizontal' meant"),
        (TOP + "[default]\nhorizontal = 10\n", "horizontal = 10"),
        (TOP + "[default]\nhorizontal = '10 parsecs'\n", "10 parsecs"),
        (TOP + "[default]\nhorizontal = '-1NM'\n", "-1NM"),
        (TOP + "[default]\nhorizontal = '1001km'\n", "0 to 1,000 km"),
        (TOP + "default = 3\n", "[default]: 3"),
        (TOP + "clause = 3\n", "clause = 3"),
        (TOP + UAV.replace('number = "4.2"', ""), "clause 1: number"),
        (TOP + UAV.replace("separation", "seperation"), "clause 1 (4.2): kind"),
        (TOP + UAV.replace('["uav", "transport"]', '["uav"]'), "clause 1 (4.2): between"),
        (TOP + UAV.replace('horizontal = "2NM"', ""), "no minimum"),
        (TOP + UAV + 'zone = "x"\n', "unknown key 'zone'"),
        (TOP + ZONE + 'zone = ""\n', "zone ="),
        (TOP + UAV + UAV, "two clauses with the number 4.2"),
        (TOP + UAV + UAV.replace("4.2", "4.3").replace('"uav", "transport"', '"transport", "uav"'), "4.2 and 4.3"),
        (TOP + ZONE + ZONE.replace("7.1", "7.2"), "7.1 and 7.2"),
        (
            TOP + UAV.replace("transport", "any") + UAV.replace("4.2", "4.3").replace("uav", "any"),
            "clause between transport and uav too",
        ),
        (
            TOP
            + ZONE.replace("zone_kind", "zone").replace("protected-site", "box-7")
            + ZONE.replace("7.1", "7.2").replace("zone_kind", "zone").replace("protected-site", "ALPHA/box-7"),
            "7.1 and 7.2",
        ),
    ],
)
def test_fault_names_its_place(text: str, told: str) -> None:
    with pytest.raises(RulesError) as raised:
        read(text)
    assert told in str(raised.value)
    assert "RULES.toml" in str(raised.value)


def test_a_clause_between_the_two_settles_which_speaks() -> None:
    general = UAV.replace("4.2", "1").replace("transport", "any") + UAV.replace("4.2", "2").replace("uav", "any")
    assert len(read(TOP + general + UAV).clauses) == 3


@pytest.mark.parametrize("content", [b"\xff", b"= 1", b"a" * 100_000_000, b"version = \x00", b"a = [" * 5_000])
def test_what_is_no_toml_is_an_error_that_names_the_file(content: bytes) -> None:
    with pytest.raises((UnreadableError, LimitError), match=r"RULES\.toml: found .*; expected "):
        rules.read(content, "RULES.toml")


@given(st.binary(max_size=100), st.sampled_from([TOP, TOP + UAV, TOP + "[default]\n"]))
def test_no_bytes_break_the_reader(content: bytes, before: str) -> None:
    with suppress(RulesError, UnreadableError, LimitError):
        rules.read(before.encode() + content, "RULES.toml")


def test_a_minimum_beyond_its_bound_is_told_as_it_was_written() -> None:
    with pytest.raises(RulesError, match=r'horizontal = "1001km"; expected horizontal within 0 to 1,000 km'):
        read(TOP + "[default]\nhorizontal = '1001km'\n")
