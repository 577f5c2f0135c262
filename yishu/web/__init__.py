"""Web 门户: the HTTP front door, and the local door of the commands."""

from yishu.web.app import app
from yishu.web.house import House, open_house
from yishu.web.local import through_server
from yishu.web.serve import Listen, serve

__all__ = ["House", "Listen", "app", "open_house", "serve", "through_server"]
