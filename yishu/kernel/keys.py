"""Keys 密钥: one master key a home, made at first start, readable by its owner only."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from yishu.kernel.errors import SourceError

KEY_FILE = "master.key"


def master_key(home: Path) -> bytes:
    """The master key 主密钥 (32 bytes) of a home; made on first use with mode 0600 (AES-256)."""
    path = home / KEY_FILE
    try:
        key = path.read_bytes()
    except FileNotFoundError:
        home.mkdir(parents=True, exist_ok=True, mode=0o700)
        trial = home / f".{KEY_FILE}.{secrets.token_hex(4)}"
        handle = os.open(trial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            os.write(handle, secrets.token_bytes(32))
            os.fsync(handle)
        finally:
            os.close(handle)
        try:
            os.link(trial, path)
        except FileExistsError:
            pass
        finally:
            trial.unlink()
        key = path.read_bytes()
    if len(key) != 32:
        raise SourceError("key.damaged", "主密钥文件长度不对，无法打开数据", hint="从备份恢复 master.key", where=str(path))
    return key


def derive(home: Path, purpose: str) -> bytes:
    """A key 派生密钥 (32 bytes) for one purpose, by HKDF-SHA256 (RFC 5869) from the master key."""
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=purpose.encode()).derive(master_key(home))


def seal(key: bytes, text: str, bound_to: bytes = b"") -> bytes:
    """Encrypt one field 字段加密: nonce (12 bytes) + AES-256-GCM, bound to `bound_to`."""
    nonce = secrets.token_bytes(12)
    return nonce + AESGCM(key).encrypt(nonce, text.encode(), bound_to)


def unseal(key: bytes, sealed: bytes, bound_to: bytes = b"") -> str:
    """Decrypt what `seal` made."""
    return AESGCM(key).decrypt(sealed[:12], sealed[12:], bound_to).decode()
