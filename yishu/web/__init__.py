"""Web 门户: the HTTP front door, and the local door of the commands. What is named here is imported when it is first used."""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from yishu.web.client import through_server
    from yishu.web.house import House, open_house

__all__ = ["House", "open_house", "through_server"]
_FROM = {"House": "house", "open_house": "house", "through_server": "client"}


def __getattr__(name: str) -> object:
    if name not in _FROM:
        raise AttributeError(name)
    return getattr(import_module(f"yishu.web.{_FROM[name]}"), name)
