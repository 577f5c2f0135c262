from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from tests.web_hospital import CHEAP, PASSWORD, client, logged_in
from yishu.kernel.store import open_store
from yishu.security.login import Accounts, LockedOut, LoginFailed, demo_passwords
from yishu.security.session import Sessions
from yishu.web import House
from yishu.web.routes.looking import COOKIE


class Hands:
    """A clock moved by hand."""

    def __init__(self) -> None:
        self.now = datetime(2025, 7, 15, 8, 30)

    def __call__(self) -> datetime:
        return self.now

    def on(self, **by: float) -> None:
        self.now += timedelta(**by)


def test_login_sets_a_host_cookie_that_scripts_cannot_read(house: House) -> None:
    answer = client(house).post("/api/v1/login", json={"name": "director", "password": PASSWORD})
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith(COOKIE + "=") and COOKIE.startswith("__Host-")
    for flag in ("HttpOnly", "Secure", "SameSite=strict", "Path=/"):
        assert flag in cookie
    assert "Domain" not in cookie


def test_me_says_who_and_what_one_may(house: House) -> None:
    told = logged_in(house, "head").get("/api/v1/me").json()
    assert told["department"] == "内科" and told["role"] == "head" and told["accounts"] == []
    assert "department" in told["can"] and "cockpit" not in told["can"]
    assert "cockpit" in logged_in(house, "director").get("/api/v1/me").json()["can"]
    assert "sources" in logged_in(house, "it").get("/api/v1/me").json()["can"]


def test_wrong_password_and_unknown_name_sound_alike(house: House) -> None:
    browser = client(house)
    wrong = browser.post("/api/v1/login", json={"name": "finance", "password": "不是这个口令吧"})
    unknown = browser.post("/api/v1/login", json={"name": "nobody", "password": "不是这个口令吧"})
    assert wrong.status_code == unknown.status_code == 401
    assert wrong.json() == unknown.json()
    logged_in(house, "finance")


def test_logout_ends_the_session_at_once(house: House) -> None:
    browser, other = logged_in(house, "quality"), logged_in(house, "quality")
    token = browser.cookies[COOKIE]
    assert browser.post("/api/v1/logout").status_code == 200
    assert client(house).get("/api/v1/me", headers={"cookie": f"{COOKIE}={token}"}).status_code == 401
    assert other.get("/api/v1/me").status_code == 200
    again = logged_in(house, "quality")
    again.post("/api/v1/logout", params={"everywhere": True})
    assert other.get("/api/v1/me").status_code == 401


def test_another_sites_page_cannot_post(house: House) -> None:
    browser = logged_in(house, "director")
    for headers in ({"origin": "https://evil.test"}, {"origin": "null"}, {"sec-fetch-site": "cross-site"}):
        answer = browser.post("/api/v1/logout", headers=headers)
        assert answer.status_code == 403 and answer.json()["error"]["code"] == "csrf.origin"
    assert browser.get("/api/v1/me").status_code == 200
    assert browser.post("/api/v1/logout", headers={"origin": "https://yishu.test"}).status_code == 200


def test_the_demo_switch_is_not_there_outside_the_demo(house: House) -> None:
    assert client(house).post("/api/v1/demo/switch", json={"name": "director"}).status_code == 404
    assert client(house).get("/api/v1/health").json()["accounts"] == []


def test_demo_accounts_work_under_the_demo_only(house: House) -> None:
    demo = replace(house, demo=True)
    browser = client(demo)
    assert browser.post("/api/v1/demo/switch", json={"name": "head"}).json()["viewer"]["display"] == "内科主任"
    assert len(browser.get("/api/v1/me").json()["accounts"]) == 9
    token = browser.cookies[COOKIE]
    assert client(house).get("/api/v1/me", headers={"cookie": f"{COOKIE}={token}"}).status_code == 401


def test_a_login_link_opens_once(house: House) -> None:
    token = house.accounts.link("director")
    browser = client(house)
    first = browser.get(f"/api/v1/login/link/{token}", follow_redirects=False)
    assert first.status_code == 303 and browser.get("/api/v1/me").json()["name"] == "director"
    assert client(house).get(f"/api/v1/login/link/{token}", follow_redirects=False).status_code == 401


def test_lockout_counts_before_it_looks_and_backs_off(tmp_path: Path) -> None:
    clock = Hands()
    accounts = Accounts(open_store(tmp_path), clock, hasher=CHEAP)
    accounts.set_password("a", PASSWORD)
    for _ in range(5):
        with pytest.raises(LoginFailed):
            accounts.check("a", "wrong password", "10.0.0.1")
    with pytest.raises(LockedOut):
        accounts.check("a", PASSWORD, "10.0.0.2")
    clock.on(minutes=1, seconds=1)
    with pytest.raises(LoginFailed):
        accounts.check("a", "wrong password", "10.0.0.1")
    clock.on(minutes=1, seconds=1)
    with pytest.raises(LockedOut):
        accounts.check("a", PASSWORD, "10.0.0.1")
    clock.on(minutes=2)
    accounts.check("a", PASSWORD, "10.0.0.1")
    accounts.store.dispose()


def test_an_address_that_tries_many_names_is_locked_out(tmp_path: Path) -> None:
    clock = Hands()
    accounts = Accounts(open_store(tmp_path), clock, hasher=CHEAP)
    accounts.set_password("a", PASSWORD)
    for number in range(20):
        with pytest.raises(LoginFailed):
            accounts.check(f"name{number}", "wrong password", "10.0.0.9")
    with pytest.raises(LockedOut):
        accounts.check("a", PASSWORD, "10.0.0.9")
    accounts.check("a", PASSWORD, "10.0.0.8")
    accounts.store.dispose()


def test_demo_passwords_are_refused_by_a_real_server(tmp_path: Path) -> None:
    store = open_store(tmp_path)
    made = demo_passwords(Accounts(store, Hands(), demo=True, hasher=CHEAP), ["director"])
    Accounts(store, Hands(), demo=True, hasher=CHEAP).check("director", made["director"], "::1")
    with pytest.raises(LoginFailed):
        Accounts(store, Hands(), hasher=CHEAP).check("director", made["director"], "::1")
    store.dispose()


def test_sessions_idle_out_and_end_after_a_day_part(tmp_path: Path) -> None:
    clock = Hands()
    sessions = Sessions(open_store(tmp_path), clock)
    token = sessions.begin("a", "::1")
    for _ in range(20):
        clock.on(minutes=29)
        assert sessions.find(token) is not None
    idle = sessions.begin("a", "::1")
    clock.on(minutes=31)
    assert sessions.find(idle) is None
    fresh = sessions.begin("a", "::1")
    for _ in range(30):
        clock.on(minutes=25)
        sessions.find(fresh)
    assert sessions.find(fresh) is None
    assert token not in (tmp_path / "platform.db").read_bytes().decode("latin-1")
    sessions.store.dispose()
