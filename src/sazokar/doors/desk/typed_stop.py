"""A STOP as it was typed: whatever is mistyped, it is a call all the same (SZK-27). Sounds nothing itself.

What is near to a known word is taken as that word, and said so; what is near to none is passed on as it was typed.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from difflib import SequenceMatcher
from typing import Final

import msgspec

ACTIONS: Final = {"ceasefire": "cease-fire", "turnaway": "turn-away", "halt": "halt"}
OTHERS: Final = {"heard": "heard", "passedon": "passed-on", "ceased": "ceased", "release": "release", "list": "list"}
QUESTIONS: Final = {"help": "--help", "status": "list", "show": "list"}
"""Words that ask after the STOPs: alone, or with a STOP that is named, they call none."""
OPTIONS: Final = ("--unit", "--reason", "--to", "--about", "--key", "--ledger", "--node", "--offline")
LAID_ASIDE: Final = ("--roots", "--passphrase-file", "--expires")
"""Options that other commands of the desk take; a STOP waits for none of them, and their values are no part of it."""
NEAR: Final = 0.6
"""How like a known action a word must be to be taken as it; `fire` is CEASE FIRE, never an order to fire."""
NEAR_OPTION: Final = 0.75
NEAR_STOP: Final = 0.75
"""`stp`, `sotp` and `stopp` are STOP; `state`, a command of its own, never comes so far."""
GREATEST_WORD: Final = 40
_REF: Final = re.compile(r"[sS]\d{1,12}", re.ASCII)


class Typed(msgspec.Struct, frozen=True, kw_only=True):
    """What was typed after `stop`.

    Args:
        arguments: What the parser is given instead.
        action: The action as it was typed, where it is near to none that is known; empty: it is known.
        taken_as: What was taken as something else, in words.
        not_understood: What was understood as nothing, and is passed on.
        offline: Where the envelope is to be written too; empty: nowhere.
    """

    arguments: tuple[str, ...]
    action: str = ""
    taken_as: tuple[str, ...] = ()
    not_understood: tuple[str, ...] = ()
    offline: str = ""


def read_typed(arguments: Sequence[str]) -> Typed | None:
    """Return a call as it is understood; None where it is none: help, the list, or an answer to a STOP that is named."""
    if not arguments or "--help" in arguments:
        return None
    given, words, strange, taken = _options(arguments)
    while words and _plain(words[0]) == "stop":
        words = words[1:]
    if _is_other(words) or is_question(words):
        return None
    action, used = _action(words)
    typed, place = " ".join(words[:used]), " ".join(words[used:])
    if action and _plain(typed) not in ACTIONS:
        taken.append(f"{typed} as {action.replace('-', ' ').upper()}")
    reason = [given.pop("--reason", ""), *(f"typed: {typed}" for _ in taken if action and _plain(typed) not in ACTIONS)]
    reason = list(dict.fromkeys(part for part in [*reason, *strange] if part))
    offline = given.pop("--offline", "")
    named = [part for option, value in given.items() for part in (option, value) if value]
    said = ["--reason", " ".join(reason)] if reason else []
    return Typed(
        arguments=(action or "halt", *named, *said, "--", place),
        action="" if action else typed or "STOP",
        taken_as=tuple(taken), not_understood=tuple(strange), offline=offline,
    )  # fmt: skip


def _options(arguments: Sequence[str]) -> tuple[dict[str, str], list[str], list[str], list[str]]:
    """Return the options, the other words, what is not understood, and what was taken as something else."""
    given: dict[str, str] = {}
    words: list[str] = []
    strange: list[str] = []
    taken: list[str] = []
    left = list(arguments)
    while left:
        word = left.pop(0)
        name, separator, value = word.partition("=")
        if not word.startswith("-") or word in ("-", "--"):
            words += [word] if word.strip("-") else []
            continue
        if name in LAID_ASIDE:
            left = left if separator else left[1:]
            continue
        option = _nearest_option(name)
        if option == "--node" != name and "://" not in (value or "".join(left[:1])):
            option = ""  # a word of the caller's own: an address that is none would keep the call from its node
        if not option:
            strange.append(word)
            continue
        if option != name:
            taken.append(f"{name} as {option}")
        if not separator:
            if not left or _nearest_option(left[0].partition("=")[0]):
                strange.append(f"{name} (nothing follows it)")
                continue
            value = left.pop(0)
        given[option] = f"{given[option]} {value}" if option in given else value
    return given, words, strange, taken


def _nearest_option(name: str) -> str:
    if not name.startswith("-"):
        return ""
    likeness, option = max((_likeness(name.lower(), known), known) for known in OPTIONS)
    return option if likeness >= NEAR_OPTION else ""


def _action(words: Sequence[str]) -> tuple[str, int]:
    """Return the action that the first word, or the first two, are nearest to, and how many words name it.

    An action that is near to none is empty, and one word is its name.
    """
    found = [
        (_likeness(_plain("".join(words[:used])), plain), -used, name)
        for used in (1, 2)
        if len(words) >= used
        for plain, name in ACTIONS.items()
    ]
    likeness, used, name = max(found, default=(0.0, 0, ""))
    return (name, -used) if likeness >= NEAR else ("", min(1, len(words)))


def is_question(words: Sequence[str]) -> bool:
    """Return whether words ask after the STOPs that stand, or for help, and call none."""
    if not words or words[0].lower() not in QUESTIONS:
        return False
    return len(words) == 1 or (len(words) == 2 and _REF.fullmatch(words[1]) is not None)


def is_near_stop(word: str) -> bool:
    """Return whether a command that is none was meant to be `stop`."""
    return _likeness(_plain(word), "stop") >= NEAR_STOP


def _is_other(words: Sequence[str]) -> bool:
    """Return whether it is another command than a call: spelled as it is, or nearly, with a STOP named after it."""
    if not words:
        return False
    first = _plain(words[0])
    names_stop = len(words) == 2 and _REF.fullmatch(words[1]) is not None
    if first in OTHERS:
        return first != "ceased" or names_stop or len(words) == 1
    return False if not names_stop else _best(first, OTHERS) > max(_best(first, ACTIONS), 0.75)


def _best(word: str, known: dict[str, str]) -> float:
    return max(_likeness(word, each) for each in known)


def _plain(word: str) -> str:
    return re.sub(r"[\s_-]", "", word).lower()[:GREATEST_WORD]


def _likeness(word: str, known: str) -> float:
    return SequenceMatcher(None, word[:GREATEST_WORD], known, autojunk=False).ratio()
