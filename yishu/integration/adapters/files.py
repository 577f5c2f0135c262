"""Files 文件来源: which files of a directory make up which table, and where bytes nobody can read are kept."""

from __future__ import annotations

import hashlib
import os
import secrets
from pathlib import Path

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from yishu.integration.adapters.scan import Note, Place
from yishu.integration.errors import SourceMissing
from yishu.kernel.keys import derive


def tables_in(place: Place, endings: tuple[str, ...]) -> dict[str, list[Path]]:
    """Table name → its files: the stem of a file, in the address or anywhere below it."""
    root = Path(place.address)
    if root.is_file():
        found = [root]
    elif root.is_dir():
        found = sorted(path for path in root.rglob("*") if path.is_file() and not path.name.startswith((".", "~$")))
    else:
        raise SourceMissing(
            "source.missing",
            f"来源 {place.source} 的文件或文件夹不存在：{root.name}",
            hint="检查 sources 里的 address；上一次装载的数据仍在，不受影响",
            where=str(root),
        )
    tables: dict[str, list[Path]] = {}
    for path in found:
        ending = next((end for end in sorted(endings, key=len, reverse=True) if path.name.lower().endswith(end)), None)
        if ending:
            tables.setdefault(path.name[: -len(ending)], []).append(path)
    return tables


def set_apart(place: Place, table: str, path: Path) -> Note:
    """Keep the bytes of a file that no charset reads, encrypted, and say so; the same bytes are kept once."""
    data = path.read_bytes()
    folder = Path(place.quarantine)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    kept = folder / f"{hashlib.sha256(data).hexdigest()[:24]}.bin"
    if not kept.exists():
        nonce = secrets.token_bytes(12)
        home = folder.parents[2]
        part = kept.with_suffix(".part")
        with part.open("wb") as file:
            file.write(nonce + AESGCM(derive(home, "quarantine")).encrypt(nonce, data, kept.stem.encode()))
            file.flush()
            os.fsync(file.fileno())
        part.rename(kept)
    return Note(
        table,
        "file.quarantined",
        f"{path.name} 既不是 UTF-8 也不是 GB18030，整个文件隔离，字节原样加密保存为 {kept.name}；请来源方重新导出",
    )


def recover(home: Path, kept: Path) -> bytes:
    """The bytes 原始字节 of a file that was set apart."""
    sealed = kept.read_bytes()
    return AESGCM(derive(home, "quarantine")).decrypt(sealed[:12], sealed[12:], kept.stem.encode())
