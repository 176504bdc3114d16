"""What a stranger finds first: where things are, and whose token the numbers want."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from sazokar.doors.http.settings import Settings
from tests.doors.http.grounds import housed


def test_the_root_tells_where_things_are_and_they_are_there(tmp_path: Path) -> None:
    with housed(tmp_path) as house:
        stranger = house.stranger()
        places = stranger.get("/")
        assert places.status_code == 200
        paths = json.loads(stranger.get("/openapi.json").content)["paths"]
        links = [link for link in places.json().values() if link.startswith("/")]
        assert len(links) > 5 and set(links) <= set(paths)


@pytest.mark.parametrize("given", ["", "Bearer wrong", "Basic x", "session"])
def test_numbers_without_the_operator_s_token_are_told_whose_token_is_wanted(tmp_path: Path, given: str) -> None:
    token = tmp_path / "token"
    token.write_text("t" * 40, encoding="utf-8")
    (tmp_path / "node").mkdir()
    settings = Settings(directory=str(tmp_path / "node"), operator_token_file=str(token))
    with housed(tmp_path / "node", None, settings=settings) as house:
        client = house.client("ALPHA") if given == "session" else house.stranger()
        answer = client.get("/metrics", headers={"Authorization": given} if given not in ("", "session") else {})
        assert answer.status_code == 401 and "operator" in answer.json()["detail"]
        assert "operator_token_file" in answer.json()["remedy"]
        assert house.stranger().get("/metrics", headers={"Authorization": f"Bearer {'t' * 40}"}).status_code == 200
