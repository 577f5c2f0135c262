"""MySQL and MariaDB 来源."""

from yishu.integration.adapters.server import Server


class Mysql(Server):
    """An open MySQL or MariaDB database."""
