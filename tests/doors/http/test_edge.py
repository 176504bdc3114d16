"""What comes in at the edge and is no good request: refused in time, with a clear answer, and nothing else suffers."""

from __future__ import annotations

import json
import logging
import socket
import struct
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from sazokar.doors.http.server import PatientProtocol
from sazokar.doors.http.settings import Settings
from tests.doors.http.grounds import House, housed, treaty
from tests.doors.http.sockets import begun, exchange, on_socket


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with housed(tmp_path_factory.mktemp("house"), treaty()) as one:
        yield one


@pytest.fixture(scope="module")
def port(house: House) -> Iterator[int]:
    settings = Settings(
        directory=str(house.directory),
        port=0,
        requests_per_s=100_000,
        strangers_per_s=100_000,
        request_s=1,
        body_bytes=65_536,
    )
    with on_socket(house, settings) as one:
        yield one


def head(port: int, method: str = "POST", path: str = "/v1/entries", *more: str) -> bytes:
    return "\r\n".join([f"{method} {path} HTTP/1.1", f"Host: 127.0.0.1:{port}", *more, "", ""]).encode()


def works(port: int) -> bool:
    return httpx.get(f"http://127.0.0.1:{port}/healthz").status_code == 200


def test_half_a_head_is_given_up_in_time(port: int) -> None:
    began = time.monotonic()
    assert exchange(port, b"POST /v1/entries HTTP/1.1\r\nHost: 127.0", wait_s=5) == b""
    assert 0.8 < time.monotonic() - began < 3
    assert works(port)


def test_a_connection_that_says_nothing_is_given_up_in_time(port: int) -> None:
    began = time.monotonic()
    assert exchange(port, b"", wait_s=5) == b""
    assert time.monotonic() - began < 3


def test_a_head_that_trickles_is_given_up_in_time(port: int) -> None:
    with socket.create_connection(("127.0.0.1", port), 5) as connection:
        began = time.monotonic()
        with pytest.raises(OSError):
            for byte in head(port, "GET", "/healthz", *(f"X-{n}: {n}" for n in range(100))):
                connection.sendall(bytes([byte]))
                time.sleep(0.02)
        assert time.monotonic() - began < 4
    assert works(port)


def test_half_a_body_is_answered_in_time_and_nothing_is_recorded(house: House, port: int) -> None:
    size = house.state.size
    token = begun(house, "ALPHA", f"http://127.0.0.1:{port}")
    content = (
        head(port, "POST", "/v1/entries", "Content-Length: 500", f"Authorization: Bearer {token}") + b'{"envelope":'
    )
    answer = exchange(port, content, wait_s=5)
    assert answer.startswith(b"HTTP/1.1 408 ") and b'"too-slow"' in answer
    assert house.state.size == size


def test_a_head_without_end_is_cut_and_delays_nobody(port: int) -> None:
    with socket.create_connection(("127.0.0.1", port), 5) as connection:
        connection.settimeout(5)
        sent = 0
        with pytest.raises(OSError):
            connection.sendall(b"GET /healthz HTTP/1.1\r\nX: ")
            for _ in range(2_000):
                sent += connection.send(b"x" * 65_536)
        assert sent < 20_000_000, "no more than what the system itself takes in"
    assert works(port)


def test_a_long_body_behind_a_short_head_in_one_piece_is_taken(house: House, port: int) -> None:
    token = begun(house, "ALPHA", f"http://127.0.0.1:{port}")
    body = b"x" * 60_000
    content = head(port, "POST", "/v1/entries", f"Content-Length: {len(body)}", f"Authorization: Bearer {token}")
    assert exchange(port, content + body, wait_s=2).startswith(b"HTTP/1.1 400 ")


@pytest.mark.parametrize("name", ["Host", "Authorization", "Content-Type", "If-Match"])
def test_a_line_that_may_stand_once_is_refused_twice(port: int, name: str) -> None:
    value = f"127.0.0.1:{port}" if name == "Host" else "x"
    more = (f"{name}: {value}",) * (1 if name == "Host" else 2)
    assert exchange(port, head(port, "GET", "/v1/node", *more, "Connection: close")).startswith(b"HTTP/1.1 400 ")


def test_another_site_s_page_gets_nothing_from_what_needs_no_session(house: House, port: int) -> None:
    for method, path in (
        ("GET", "/metrics"),
        ("POST", "/v1/charter"),
        ("POST", "/v1/deliveries/1/retry"),
        ("GET", "/v1/node"),
    ):
        answer = httpx.request(method, f"http://127.0.0.1:{port}{path}", headers={"Origin": "https://evil.example"})
        assert answer.status_code == 403 and answer.json()["code"] == "other-origin"
    own = {"Origin": f"http://127.0.0.1:{port}"}
    assert httpx.get(f"http://127.0.0.1:{port}/v1/node", headers=own).status_code == 200


def test_without_a_session_nobody_sends_more_than_a_charter_takes(port: int) -> None:
    answer = exchange(port, head(port, "POST", "/v1/stops", "Content-Length: 131073"), wait_s=3)
    assert answer.startswith(b"HTTP/1.1 413 ")


def test_a_body_beyond_the_limit_is_refused_unread(port: int) -> None:
    answer = exchange(port, head(port, "POST", "/v1/entries", "Content-Length: 65537"), wait_s=3)
    assert answer.startswith(b"HTTP/1.1 413 ")


def test_a_body_in_chunks_beyond_the_limit_is_refused(house: House, port: int) -> None:
    token = begun(house, "ALPHA", f"http://127.0.0.1:{port}")
    chunk = b"4000\r\n" + b"x" * 0x4000 + b"\r\n"
    content = head(port, "POST", "/v1/entries", "Transfer-Encoding: chunked", f"Authorization: Bearer {token}")
    assert exchange(port, content + chunk * 5, wait_s=3).startswith(b"HTTP/1.1 413 ")


@pytest.mark.parametrize(
    "more",
    [
        ("Content-Length: 5", "Transfer-Encoding: chunked"),
        ("Transfer-Encoding: chunked", "Content-Length: 5"),
        ("Content-Length: 5", "Content-Length: 6"),
        ("Content-Length: +5",),
        ("Content-Length: 5, 5",),
        ("Content-Length : 5",),
        ("Transfer-Encoding: xchunked",),
        ("Transfer-Encoding: chunked, identity",),
        ("Transfer-Encoding:\x0bchunked",),
    ],
)
def test_a_request_whose_length_is_in_doubt_is_refused_and_smuggles_nothing(port: int, more: tuple[str, ...]) -> None:
    """RFC 9112, section 6.3: what two servers could read as two requests is read by this one as none."""
    inner = head(port, "GET", "/healthz")
    answer = exchange(port, head(port, "POST", "/v1/session/challenge", *more) + b"0\r\n\r\n" + inner, wait_s=2)
    assert answer.count(b"HTTP/1.1 200") == 0, answer
    assert works(port)


@pytest.mark.parametrize(
    "content",
    [b"\x16\x03\x01\x02\x00\x01\x00", b"\x00" * 100, b"GET / HTTP/9.9\r\n\r\n", b"A" * 100_000, b"GET /\r\n\r\n"],
)
def test_bytes_that_are_no_http_are_refused(port: int, content: bytes) -> None:
    answer = exchange(port, content, wait_s=3)
    assert answer == b"" or answer.startswith(b"HTTP/1.1 4")
    assert works(port)


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1", "127.0.0.1:1", ""])
def test_another_host_is_not_answered(port: int, host: str) -> None:
    answer = exchange(port, f"GET /v1/node HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode())
    assert answer.startswith((b"HTTP/1.1 421 ", b"HTTP/1.1 400 "))


@pytest.mark.parametrize(
    "path",
    [
        "/../../etc/passwd", "/v1/log/tile/../../../etc/passwd", "/v1/bundles/..%2f..%2fetc%2fpasswd",
        "/%2e%2e/etc/passwd", "/v1/notices/" + "x" * 3000, "/v1/notices/%00",
    ],
)  # fmt: skip
def test_a_path_leads_nowhere_but_to_an_address(house: House, port: int, path: str) -> None:
    token = begun(house, "ALPHA", f"http://127.0.0.1:{port}")
    answer = exchange(port, head(port, "GET", path, f"Authorization: Bearer {token}", "Connection: close"))
    assert b"root:" not in answer
    assert answer[9:12] in (b"400", b"401", b"404", b"405", b"414"), answer[:200]


def test_every_answer_bears_the_headers_that_protect_and_no_server_s_name(port: int) -> None:
    for path in ("/healthz", "/nothing", "/v1/log", "/openapi.json"):
        answer = httpx.get(f"http://127.0.0.1:{port}{path}")
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert "default-src 'none'" in answer.headers["content-security-policy"]
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert "server" not in answer.headers and "x-request-id" in answer.headers
        assert "set-cookie" not in answer.headers


def test_no_other_origin_may_ask_and_no_cookie_is_a_session(house: House, port: int) -> None:
    token = begun(house, "ALPHA", f"http://127.0.0.1:{port}")
    asked = {"Origin": "https://evil.example", "Access-Control-Request-Method": "POST"}
    answer = httpx.options(f"http://127.0.0.1:{port}/v1/entries", headers=asked)
    assert not [name for name in answer.headers if name.startswith("access-control")]
    answer = httpx.get(f"http://127.0.0.1:{port}/v1/log", headers={"Cookie": f"session={token}; token={token}"})
    assert answer.status_code == 401


def test_origins_of_the_settings_may_ask(house: House) -> None:
    settings = Settings(directory=str(house.directory), port=0, cors_origins=("https://console.example",))
    with on_socket(house, settings) as port:
        asked = {"Origin": "https://console.example", "Access-Control-Request-Method": "GET"}
        answer = httpx.options(f"http://127.0.0.1:{port}/v1/log", headers=asked)
        assert answer.headers["access-control-allow-origin"] == "https://console.example"
        asked["Origin"] = "https://evil.example"
        answer = httpx.options(f"http://127.0.0.1:{port}/v1/log", headers=asked)
        assert answer.headers.get("access-control-allow-origin") != "https://evil.example"


def test_who_asks_too_often_is_told_when_to_come_again_and_stop_is_taken_all_the_same(house: House) -> None:
    settings = Settings(directory=str(house.directory), port=0, requests_per_s=5, strangers_per_s=5)
    with on_socket(house, settings) as port:
        address = f"http://127.0.0.1:{port}"
        bearer = {"Authorization": f"Bearer {begun(house, 'ALPHA', address)}"}
        answers = [httpx.get(f"{address}/v1/log", headers=bearer) for _ in range(40)]
        refused = [one for one in answers if one.status_code == 429]
        assert refused and int(refused[0].headers["retry-after"]) >= 1
        assert refused[0].json()["code"] == "too-many-requests"
        for headers in (bearer, {}, {"Authorization": "Bearer invented"}, {"Host": "elsewhere.example"}):
            assert httpx.post(f"{address}/v1/stops", content=b"STOP STOP", headers=headers).status_code == 202
        assert httpx.get(f"{address}/healthz").status_code == 200


def test_invented_tokens_are_counted_under_the_address_that_they_come_from(house: House) -> None:
    settings = Settings(directory=str(house.directory), port=0, requests_per_s=1000, strangers_per_s=5)
    with on_socket(house, settings) as port, httpx.Client(base_url=f"http://127.0.0.1:{port}") as client:
        found = [
            client.get("/v1/node", headers={"Authorization": f"Bearer invented-{number}"}).status_code
            for number in range(60)
        ]
    assert found.count(429) > 20


def test_depth_of_json_is_bounded(house: House, port: int) -> None:
    token = begun(house, "ALPHA", f"http://127.0.0.1:{port}")
    body = b'{"envelope":' + b"[" * 30_000 + b"]" * 30_000 + b',"payloads":{}}'
    answer = httpx.post(
        f"http://127.0.0.1:{port}/v1/entries", content=body, headers={"Authorization": f"Bearer {token}"}
    )
    assert answer.status_code == 400 and answer.headers["content-type"] == "application/problem+json"
    answer = httpx.post(f"http://127.0.0.1:{port}/v1/session", content=b"[" * 60_000)
    assert answer.status_code == 400


def test_a_problem_says_what_where_and_what_to_do(house: House, port: int) -> None:
    answer = httpx.get(f"http://127.0.0.1:{port}/v1/log")
    assert answer.status_code == 401 and answer.headers["www-authenticate"].startswith("Bearer")
    told = json.loads(answer.content)
    assert told["type"] == "urn:sazokar:problem:unauthenticated" and told["status"] == 401 and told["remedy"]


def test_many_connections_beyond_the_limit_are_refused_politely_and_a_stop_comes_through(house: House) -> None:
    settings = Settings(directory=str(house.directory), port=0, connections=20, strangers_per_s=10_000)
    with on_socket(house, settings) as port:
        idle = [socket.create_connection(("127.0.0.1", port), 5) for _ in range(30)]
        try:
            time.sleep(0.2)
            answer = exchange(port, head(port, "GET", "/v1/node", "Connection: close"))
            assert (
                answer.startswith(b"HTTP/1.1 503")
                and b"application/problem+json" in answer
                and b"retry-after" in answer
            )
            heard = len(house.alarm.heard)
            answer = exchange(port, head(port, "POST", "/v1/stops", "Content-Length: 4", "Connection: close") + b"HALT")
            assert answer.startswith(b"HTTP/1.1 202") and len(house.alarm.heard) == heard + 1
        finally:
            for connection in idle:
                connection.close()
        time.sleep(0.2)
        assert works(port)


def untaken(port: int, requests: bytes, room: int = 2_048) -> socket.socket:
    """Return a connection that asks for much and takes nothing of it."""
    line = socket.socket()
    line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, room)
    line.connect(("127.0.0.1", port))
    line.sendall(requests)
    return line


@pytest.mark.parametrize("last", ["Connection: close", "X-Nothing: 1"])
def test_an_answer_that_nobody_takes_is_cut_in_time(house: House, monkeypatch: pytest.MonkeyPatch, last: str) -> None:
    monkeypatch.setattr(PatientProtocol, "take_s", 0.3)
    settings = Settings(directory=str(house.directory), port=0, connections=4, strangers_per_s=100_000)
    with on_socket(house, settings) as port:
        assert works_well(port)  # by which the document is made
        wanted = head(port, "GET", "/openapi.json") * 200 + head(port, "GET", "/openapi.json", last)
        lines = [untaken(port, wanted) for _ in range(4)]
        time.sleep(0.1)
        assert exchange(port, head(port, "GET", "/openapi.json", "Connection: close")).startswith(b"HTTP/1.1 503")
        deadline = time.monotonic() + 5
        while not works_well(port) and time.monotonic() < deadline:
            time.sleep(0.1)
        assert works_well(port), "connections that take nothing are held"
        for line in lines:
            line.close()


def works_well(port: int) -> bool:
    return exchange(port, head(port, "GET", "/openapi.json", "Connection: close")).startswith(b"HTTP/1.1 200")


def test_who_takes_an_answer_slowly_gets_all_of_it(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(PatientProtocol, "take_s", 1.0)
    with on_socket(house) as port:
        line = untaken(
            port, head(port, "GET", "/openapi.json") * 10 + head(port, "GET", "/healthz", "Connection: close")
        )
        found, began = b"", time.monotonic()
        with line.makefile("rb") as file:
            while part := file.read(16_384):
                found += part
                time.sleep(0.03)
        assert time.monotonic() - began > 1.5, "too quick to show anything"
        assert found.count(b"HTTP/1.1 200") == 11 and found.endswith(b"}")
        line.close()


def test_who_leaves_in_the_middle_of_an_answer_is_no_fault(house: House, caplog: pytest.LogCaptureFixture) -> None:
    with on_socket(house) as port, caplog.at_level(logging.WARNING):
        for _ in range(20):
            line = untaken(port, head(port, "GET", "/openapi.json") * 50)
            time.sleep(0.01)
            line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))  # reset, not closed
            line.close()
        time.sleep(0.2)
        assert works(port)
    assert [one.getMessage() for one in caplog.records if one.levelno >= logging.ERROR] == []


def test_bytes_that_are_no_request_are_answered_with_a_problem_document(port: int) -> None:
    answer = exchange(port, b"GET / HTTP/9.9\r\n\r\n")
    top, _, body = answer.partition(b"\r\n\r\n")
    assert top.startswith(b"HTTP/1.1 400 Bad Request\r\n") and b"content-type: application/problem+json" in top
    assert json.loads(body)["code"] == "malformed" and f"content-length: {len(body)}".encode() in top


def test_the_node_stops_in_good_order_while_connections_are_open(house: House, tmp_path: Path) -> None:
    settings = Settings(directory=str(house.directory), port=0)
    began = time.monotonic()
    with on_socket(house, settings) as port:
        idle = socket.create_connection(("127.0.0.1", port), 5)
        idle.sendall(head(port, "GET", "/healthz"))
        idle.recv(1000)
        began = time.monotonic()
    assert time.monotonic() - began < 5
    idle.close()
