"""The client's surface is a list, and the room and its page are held to it; sync and async offer the same."""

from __future__ import annotations

import inspect
import re
from pathlib import Path

import sazokar.client
from sazokar.client import AsyncClient, Client

PAGE = (Path(__file__).parents[2] / "docs" / "client.md").read_text(encoding="utf-8")


def offered(kind: type) -> dict[str, inspect.Signature]:
    methods = {name: thing for name, thing in vars(kind).items() if not name.startswith("_") and callable(thing)}
    return {name: inspect.signature(thing) for name, thing in methods.items()}


def test_the_surface_is_this_list() -> None:
    assert sorted(sazokar.client.__all__) == ["AsyncClient", "Client", "DamageFound", "Event", "Replica", "StopHeard"]
    assert all(inspect.getdoc(getattr(sazokar.client, name)) for name in sazokar.client.__all__)


def test_sync_and_async_offer_the_same_with_the_same_parameters() -> None:
    mine, other = offered(Client), offered(AsyncClient)
    assert mine.keys() == other.keys()
    assert all(mine[name].parameters == other[name].parameters for name in mine)


def test_the_page_tells_every_call() -> None:
    told = set(re.findall(r"^\| `([a-z_]+)\(", PAGE, re.MULTILINE))
    assert told == offered(Client).keys() - {"close"}


def test_the_page_s_sample_is_python() -> None:
    sample = re.search(r"```python\n(.*?)```", PAGE, re.DOTALL)
    assert sample is not None
    compile(sample.group(1), "client.md", "exec")
