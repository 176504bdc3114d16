"""`sazokar serve` as a stranger runs it: a fresh folder, a charter over the wire, TLS, and what it refuses."""

from __future__ import annotations

import datetime
import ssl
import subprocess
import sys
from collections.abc import Iterator
from ipaddress import ip_address
from pathlib import Path

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from sazokar.adapters.clock_system import SystemClock
from sazokar.app.codec import seal_founding
from sazokar.domain.statement import Charter, Member
from sazokar.testing.fakes import key_of
from tests.doors.http.processes import ROLES, Served, notice, stopped


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    one = Served(tmp_path)
    yield one
    stopped([one])


def refused(*options: str, folder: Path) -> str:
    command = [
        sys.executable,
        "-c",
        "from sazokar.doors.cli import main; main()",
        "serve",
        "--directory",
        str(folder),
        *options,
    ]
    done = subprocess.run(command, capture_output=True, text=True, timeout=30)
    assert done.returncode == 2, done
    assert not done.stdout
    return " ".join(done.stderr.split())


def test_a_fresh_folder_comes_up_tells_its_key_and_takes_the_charter_once(tmp_path: Path) -> None:
    fresh = tmp_path / "fresh"
    node = Served.of_nothing(fresh)
    try:
        node.start()
        with httpx.Client(base_url=node.address) as client:
            told = client.get("/v1/node").json()
            assert told["ledger"] == "" and (fresh / "node.key").stat().st_mode & 0o077 == 0
            members = tuple(Member(name=p, role=role, roots=(key_of(f"root {p}").key_id,)) for p, role in ROLES.items())
            charter = Charter(
                name="trial", origin="sazokar.invalid/fresh", node=told["node"], parties=members, quorum=2,
                created_ms=SystemClock().now_ms(),
            )  # fmt: skip
            roots = [key_of(f"root {party}") for party in ROLES]
            assert client.post("/v1/charter", content=seal_founding(charter, roots[:2])).status_code == 422
            assert client.post("/v1/charter", content=b"{}").status_code in (400, 422)
            assert client.post("/v1/charter", content=seal_founding(charter, roots)).status_code == 201
            assert client.post("/v1/charter", content=seal_founding(charter, roots)).status_code == 409
        assert node.end() == 0
        node.start()
        with node.client("root ALPHA") as client:
            assert client.get("/v1/charter").json()["charter"]["name"] == "trial"
    finally:
        stopped([node])


def desk(*words: object) -> str:
    command = [sys.executable, "-c", "from sazokar.doors.cli import main; main()", *map(str, words)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, (words, done.stdout, done.stderr)
    return done.stdout


def test_what_a_fresh_node_says_to_do_next_founds_it(tmp_path: Path) -> None:
    node = Served.of_nothing(tmp_path / "fresh")
    try:
        node.start()
        draft, roots, parties = tmp_path / "charter.json", [], []
        for party in ("ALPHA", "BRAVO"):
            desk("keys", "new", tmp_path / f"{party}.key", "--party", party, "--watch", "root", "--no-passphrase")
            parties += ["--party", f"{party}:party"]
            roots += ["--roots", f"{party}={tmp_path / f'{party}.key.pub'}"]
        desk("init", node.directory, "--draft", draft, "--name", "Trial", *parties, *roots)
        for party in ("ALPHA", "BRAVO"):
            desk("charter", "sign", draft, "--key", tmp_path / f"{party}.key")
        assert "FOUNDED" in desk("charter", "found", draft, "--node", node.address)
        assert "Trial: 1 entry" in desk("state", "--node", node.address, "--key", tmp_path / "ALPHA.key")
        assert {"charter.json", "roots.toml", "watch.json"} <= {path.name for path in node.directory.iterdir()}
    finally:
        stopped([node])


def test_two_nodes_do_not_serve_one_ledger(served: Served) -> None:
    served.start()
    assert "held by process" in refused("--port", "0", folder=served.directory)


def test_a_port_that_is_taken_is_told(served: Served, tmp_path: Path) -> None:
    served.start()
    assert f":{served.port}: cannot be listened on" in refused("--port", str(served.port), folder=tmp_path / "other")
    assert not (tmp_path / "other").exists()


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--host", "0.0.0.0"), "TLS"),
        (("--certificate", "/nowhere"), "certificate_key"),
        (("--certificate", "/nowhere", "--certificate-key", "/nowhere"), "cannot be used"),
        (("--config", "/nowhere.toml"), "/nowhere.toml"),
        (("--log-format", "xml"), "log_format"),
        (("--port", "0", "--public-url", "node.example"), "public_urls"),
    ],
)
def test_what_cannot_be_served_is_told_before_anything_is_made(
    served: Served, options: tuple[str, ...], words: str
) -> None:
    assert words in refused(*options, "--port", "0", folder=served.directory)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('operator_token_file = "/nowhere"', "operator_token_file"),
        ('operator_token_file = "TMP/short"', "5 characters"),
        ('proxies = ["nonsense"]', "proxies"),
        (
            '[[webhooks]]\nname = "a"\nparty = "NOBODY"\nurl = "https://x.example/"\nsecret_file = "TMP/short"\n',
            "NOBODY",
        ),
    ],
)
def test_settings_that_could_not_work_are_refused_at_the_start(
    served: Served, tmp_path: Path, text: str, words: str
) -> None:
    (tmp_path / "short").write_text("short", encoding="utf-8")
    (tmp_path / "node.toml").write_text(text.replace("TMP", str(tmp_path)), encoding="utf-8")
    assert words in refused("--config", str(tmp_path / "node.toml"), "--port", "0", folder=served.directory)


def test_a_folder_that_was_mistyped_does_not_become_a_node(tmp_path: Path) -> None:
    assert "cannot be made" in refused("--port", "0", folder=tmp_path / "no" / "such")
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "letters.txt").write_text("x", encoding="utf-8")
    assert "letters.txt" in refused("--port", "0", folder=tmp_path / "home")
    assert {path.name for path in (tmp_path / "home").iterdir()} == {"letters.txt"}


def certificate(folder: Path) -> tuple[Path, Path]:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "node.example")])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
        .serial_number(x509.random_serial_number()).not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + datetime.timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    files = folder / "chain.pem", folder / "key.pem"
    files[0].write_bytes(made.public_bytes(serialization.Encoding.PEM))
    files[1].write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return files


def test_tls_is_1_2_or_later_and_plain_http_gets_nothing(tmp_path: Path) -> None:
    chain, key = certificate(tmp_path)
    (tmp_path / "ledger").mkdir()
    node = Served(tmp_path / "ledger", "--certificate", str(chain), "--certificate-key", str(key), tls=str(chain))
    try:
        node.start()
        trusted = ssl.create_default_context(cafile=str(chain))
        answer = httpx.get(f"{node.address}/healthz", verify=trusted)
        assert answer.status_code == 200 and "max-age" in answer.headers["strict-transport-security"]
        with pytest.raises(httpx.TransportError):
            httpx.get(f"http://127.0.0.1:{node.port}/healthz")
        old = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        old.load_verify_locations(str(chain))
        with pytest.warns(DeprecationWarning, match="TLSv1_1"):
            old.maximum_version = ssl.TLSVersion.TLSv1_1
        with pytest.raises(httpx.TransportError):
            httpx.get(f"{node.address}/healthz", verify=old)
    finally:
        stopped([node])


def test_the_log_of_the_process_holds_no_secret_no_position_and_no_content(served: Served) -> None:
    served = Served.again(served, "--log-format", "json")
    served.start()
    with served.client("ALPHA") as client:
        token = client.headers["Authorization"].split()[1]
        client.post("/v1/notices", content=served.parcel("ALPHA", notice(3, "ALPHA", "the well by the bridge")))
        client.get("/v1/log/entries")
        client.post("/v1/notices", content=b"garbage")
    assert served.end() == 0
    text = (served.directory / "serve.log").read_text(encoding="utf-8")
    assert '"event":"request"' in text and '"route":"/v1/notices"' in text and '"status":201' in text
    for secret in (token, "the well", "15000000", "PRIVATE", key_of("ALPHA").key_id):
        assert secret not in text
