"""Secrets 口令: by name from the environment, else from `$YISHU_HOME/secrets.yaml` that only its owner may read."""

from __future__ import annotations

import yaml

from yishu.kernel import InputError, Settings


def secret(settings: Settings, name: str) -> str:
    """The secret 口令 of that name; never printed, never kept."""
    if name in settings.environment:
        return settings.environment[name]
    path = settings.home / "secrets.yaml"
    hint = f"用环境变量 {name}，或在 {path} 里写 {name}: …（权限 600）"
    try:
        mode = path.stat().st_mode
    except FileNotFoundError:
        raise InputError("secret.missing", f"找不到口令 {name}", hint=hint, where=name) from None
    if mode & 0o077:
        raise InputError("secret.open", "secrets.yaml 别人也能读", hint=f"chmod 600 {path}", where=str(path))
    entries = yaml.safe_load(path.read_text(encoding="utf-8"))
    if not isinstance(entries, dict) or name not in entries:
        raise InputError("secret.missing", f"secrets.yaml 里没有 {name}", hint=hint, where=name)
    return str(entries[name])
