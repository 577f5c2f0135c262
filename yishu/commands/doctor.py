"""`yishu doctor` 体检: what the machine and the home need; makes a certificate pair for trial."""

from __future__ import annotations

import datetime
import ipaddress
import json
import os
import shutil
import stat
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated

import typer
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from yishu import integration
from yishu.kernel import InputError, Settings, SourceError, YishuError
from yishu.kernel.keys import KEY_FILE
from yishu.web.portal import built

SMALLEST_DISK = 5 * 1024**3
NODE = (20, 19)


@dataclass(frozen=True, slots=True)
class Check:
    """One thing looked at 一项检查."""

    name: str
    ok: bool
    say: str
    hint: str = ""


def register(app: typer.Typer) -> None:
    """Add `yishu doctor`."""

    @app.command("doctor")
    def command(
        context: typer.Context,
        make_cert: Annotated[Path | None, typer.Option("--make-cert", help="在这个文件夹里生成自签名的试用证书 yishu.crt 与 yishu.key")] = None,
        host: Annotated[list[str] | None, typer.Option("--for", help="证书给哪个主机名或 IP；可写多次")] = None,
    ) -> None:
        """检查运行环境；也可生成试用证书."""
        if make_cert is not None:
            pair = make_pair(make_cert, host or ["localhost", "127.0.0.1"], datetime.datetime.now(datetime.UTC))
            told = {"cert": str(pair[0]), "key": str(pair[1])}
            typer.echo(json.dumps(told) if context.obj["json"] else f"证书 {pair[0]}\n私钥 {pair[1]}\n自签名，只供试用：浏览器会提示不受信任")
            return
        settings = Settings.of(context.obj["hospital"], context.obj["home"])
        found = list(checks(settings))
        if context.obj["json"]:
            typer.echo(json.dumps([asdict(check) for check in found], ensure_ascii=False))
        else:
            for check in found:
                typer.echo(f"{'好' if check.ok else '缺'}  {check.name}：{check.say}" + (f"  → {check.hint}" if check.hint and not check.ok else ""))
        if not all(check.ok for check in found):
            raise typer.Exit(4)


def checks(settings: Settings) -> Iterator[Check]:
    """Look at each thing in turn."""
    version = sys.version_info
    yield Check("Python", version >= (3, 11), f"{version.major}.{version.minor}.{version.micro}", "需要 3.11 或更新")
    if built():
        yield Check("前端页面", True, "已构建")
    else:
        yield _node()
        yield Check("前端页面", False, "还没有构建", "运行 make setup")
    home = settings.home
    writable = os.access(home if home.exists() else _nearest(home), os.W_OK)
    yield Check("运行状态文件夹", writable, str(home), "" if writable else "换一个可写的 --home")
    free = shutil.disk_usage(_nearest(home)).free
    yield Check("磁盘", free >= SMALLEST_DISK, f"剩余 {free / 1024**3:.1f} GB", "至少留 5 GB")
    yield _key(home)
    try:
        specs = integration.sources(settings.hospital)
    except YishuError as error:
        yield Check("来源定义", False, error.message, error.hint)
        return
    for spec in specs:
        if spec.kind in ("sqlite", "csv", "excel", "parquet"):
            there = Path(os.path.expandvars(spec.address)).exists() or Path(_filled(spec.address, settings)).exists()
            yield Check(f"来源 {spec.label}", there, spec.address, "检查地址，或等来源系统就绪")


def _filled(address: str, settings: Settings) -> str:
    for name in ("YISHU_HOME", "YISHU_DATA_DIR", "YISHU_MIMIC_DIR", "YISHU_SYNTHEA_DIR"):
        address = address.replace("${" + name + "}", settings.environment.get(name, ""))
    return address


def _node() -> Check:
    node = shutil.which("node")
    if node is None:
        return Check("Node", False, "没有安装", "构建前端需要 Node 20.19 或更新")
    told = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout.strip()
    words = told.lstrip("v").split(".")
    known = tuple(int(word) for word in words[:2]) if all(word.isdigit() for word in words[:2]) else (0, 0)
    return Check("Node", known >= NODE, told or "版本不明", "构建前端需要 Node 20.19 或更新")


def _key(home: Path) -> Check:
    path = home / KEY_FILE
    if not path.exists():
        return Check("主密钥", True, "第一次启动时生成")
    mode = stat.S_IMODE(path.stat().st_mode)
    return Check("主密钥", mode & 0o077 == 0, f"权限 {mode:o}", f"chmod 600 {path}")


def _nearest(path: Path) -> Path:
    while not path.exists():
        path = path.parent
    return path


def make_pair(folder: Path, names: list[str], now: datetime.datetime) -> tuple[Path, Path]:
    """A self-signed certificate 自签名证书 and its key (P-256, 90 days), the key for its owner only."""
    folder.mkdir(parents=True, exist_ok=True)
    cert_file, key_file = folder / "yishu.crt", folder / "yishu.key"
    if key_file.exists() or cert_file.exists():
        raise InputError("doctor.cert_exists", "证书文件已经存在，没有覆盖", hint="换一个文件夹，或先移走", where=str(folder))
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, names[0])])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject).issuer_name(subject).public_key(key.public_key()).serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(minutes=5)).not_valid_after(now + datetime.timedelta(days=90))
        .add_extension(x509.SubjectAlternativeName([_named(name) for name in names]), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    try:
        handle = os.open(key_file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "wb") as stream:
            stream.write(pem)
        cert_file.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    except OSError:
        raise SourceError("doctor.cert_write", "证书写不进去", hint="检查文件夹权限与磁盘", where=str(folder)) from None
    return cert_file, key_file


def _named(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)
