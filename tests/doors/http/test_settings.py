"""Settings: a flag outweighs the environment, the environment the file; what is unknown or unsound is refused by name."""

from __future__ import annotations

import re
from pathlib import Path

import msgspec
import pytest
import typer

from sazokar.client.line import is_loopback
from sazokar.doors.cli import app
from sazokar.doors.http.server import address_of, audiences_of, hosts_of
from sazokar.doors.http.settings import Settings, settings_of
from sazokar.errors import UnreadableError

DOCS = Path(__file__).resolve().parents[3] / "docs" / "serve.md"


def test_flags_outweigh_the_environment_and_that_the_file(tmp_path: Path) -> None:
    file = tmp_path / "node.toml"
    file.write_text('port = 1\nstreams = 2\nlog_format = "json"\n', encoding="utf-8")
    found = settings_of(
        {"port": 3}, {"SAZOKAR_PORT": "4", "SAZOKAR_STREAMS": "5", "SAZOKAR_PUBLIC_URLS": "https://a https://b"}, file
    )
    assert (found.port, found.streams, found.log_format) == (3, 5, "json")
    assert found.public_urls == ("https://a", "https://b")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("prot = 1", "prot"),
        ('port = "x"', "port"),
        ("port = 70000", "port"),
        ("port =", "TOML"),
        ("body_bytes = 1", "body_bytes"),
        ("session_h = 9999", "session_h"),
        ('log_format = "xml"', "log_format"),
        ('public_urls = ["node.example/x"]', "public_urls"),
        ("[[webhooks]]\nname = 'a'\nurl = 'https://x'\nsecret_file = 'f'\n", "party"),
        ("[mail]\nhost = 'h'\nfrom = 'x'\n", "mail"),
        ("[[issuers]]\nissuer='i'\naudience='a'\njwks='f'\nparties={}\nsecret='x'\n", "secret"),
    ],
)
def test_what_is_unknown_or_of_another_form_is_refused_by_name(tmp_path: Path, text: str, words: str) -> None:
    file = tmp_path / "node.toml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(UnreadableError, match=words):
        settings_of({}, {}, file)


@pytest.mark.parametrize("name", ["SAZOKAR_PORT", "SAZOKAR_STREAMS"])
def test_a_wrong_value_in_the_environment_names_its_variable(name: str) -> None:
    with pytest.raises(UnreadableError, match=name):
        settings_of({}, {name: "many"}, None)


@pytest.mark.parametrize("name", ["SAZOKAR_BODYBYTES", "SAZOKAR_WEBHOOKS", "SAZOKAR_", "SAZOKAR_port"])
def test_an_unknown_name_in_the_environment_is_refused(name: str) -> None:
    with pytest.raises(UnreadableError, match=name):
        settings_of({}, {name: "1", "PATH": "/bin"}, None)


def test_names_that_other_commands_read_are_let_be() -> None:
    """Every variable that the code reads, by whichever command, may stand in the environment of a node."""
    sources = (DOCS.parents[1] / "src").rglob("*.py")
    read = {name for path in sources for name in re.findall(r'"(SAZOKAR_[A-Z_]+[A-Z])"', path.read_text("utf-8"))}
    assert {"SAZOKAR_LEDGER", "SAZOKAR_KEY", "SAZOKAR_NODE_PASSPHRASE"} <= read
    settings_of({}, dict.fromkeys(read, "x"), None)


@pytest.mark.parametrize(("host", "address"), [("::1", "http://[::1]:8470"), ("[::1]", "http://[::1]:8470"),
                                               ("127.0.0.1", "http://127.0.0.1:8470")])  # fmt: skip
def test_an_address_of_ipv6_stands_in_brackets_wherever_it_is_told(host: str, address: str) -> None:
    settings = settings_of({"host": host}, {}, None)
    assert address_of(settings, 8470) == address
    assert address in audiences_of(settings, 8470) and address.removeprefix("http://") in hosts_of(settings, 8470)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.7", "node.example"])
def test_any_address_but_the_loopback_demands_tls_or_a_proxy(host: str) -> None:
    with pytest.raises(UnreadableError, match="TLS"):
        settings_of({"host": host}, {}, None)
    assert settings_of({"host": host, "behind_proxy": True}, {}, None).host == host
    assert settings_of({"host": host, "certificate": "c", "certificate_key": "k"}, {}, None).host == host


def test_half_of_a_certificate_is_refused() -> None:
    with pytest.raises(UnreadableError, match="certificate_key"):
        settings_of({"certificate": "c"}, {}, None)


@pytest.mark.parametrize(("host", "loopback"), [("127.0.0.1", True), ("127.9.9.9", True), ("::1", True), ("localhost", True),
                                                ("0.0.0.0", False), ("localhost.example", False)])  # fmt: skip
def test_the_loopback_is_known(host: str, loopback: bool) -> None:
    assert is_loopback(host) is loopback


def test_the_page_names_every_setting_with_its_default_and_no_other() -> None:
    text = DOCS.read_text(encoding="utf-8")
    told = dict(re.findall(r"^\| `([a-z_]+)` \| ([^|]*) \|", text, re.MULTILINE))
    for field in msgspec.structs.fields(Settings):
        assert field.name in told, f"{field.name} is not on the page"
        default = field.default
        if isinstance(default, (int, str)) and not isinstance(default, bool) and default:
            assert str(default) in told[field.name].replace(",", "").replace("`", ""), (field.name, told[field.name])


def test_the_page_names_every_option_of_serve_and_no_other() -> None:
    text = DOCS.read_text(encoding="utf-8")
    command = typer.main.get_command(app).commands["serve"]  # type: ignore[attr-defined]  # a group
    options = {option for parameter in command.params for option in parameter.opts} - {"--help"}
    assert set(re.findall(r"^\| `(--[a-z-]+)` \|", text, re.MULTILINE)) == options
