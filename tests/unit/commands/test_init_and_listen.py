from __future__ import annotations

from pathlib import Path

import pytest

from yishu import cli, flow
from yishu.kernel import InputError, Settings
from yishu.web.serve import Listen


def run(*words: str) -> int:
    with pytest.raises(SystemExit) as left:
        cli.main(list(words))
    return int(left.value.code or 0)


def test_a_new_folder_passes_its_own_check(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "hospital"
    assert run("init", str(folder)) == 0
    assert flow.check(Settings.of(folder, tmp_path / "home", {})) == ()
    assert all("#" in (folder / name).read_text() for name in ("hospital.yaml", "people.yaml", "policy.yaml", "sources/his.yaml"))
    capsys.readouterr()
    assert run("init", str(folder)) == 2
    assert "不是空的" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("listen", "code"),
    [
        (Listen(host="0.0.0.0"), "serve.plain"),
        (Listen(host="10.1.2.3"), "serve.plain"),
        (Listen(host="hospital.example"), "serve.plain"),
        (Listen(tls_cert=Path("a.crt")), "serve.tls_pair"),
        (Listen(tls_cert=Path("no.crt"), tls_key=Path("no.key")), "serve.tls_file"),
        (Listen(host="0.0.0.0", behind_proxy="proxy"), "serve.proxy"),
    ],
)
def test_an_unsafe_way_in_is_refused(listen: Listen, code: str) -> None:
    with pytest.raises(InputError) as refused:
        listen.check()
    assert refused.value.code == code and refused.value.hint


def test_this_machine_and_a_proxy_may_be_in_the_clear() -> None:
    for listen in (Listen(), Listen(host="localhost"), Listen(host="::1"), Listen(host="0.0.0.0", behind_proxy="10.1.2.3")):
        listen.check()
    assert Listen().hosts() is not None and Listen(host="0.0.0.0", behind_proxy="10.1.2.3").hosts() is None
