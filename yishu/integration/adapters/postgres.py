"""PostgreSQL 来源."""

from yishu.integration.adapters.server import Server


class Postgres(Server):
    """An open PostgreSQL database; one transaction, so all tables are of one moment."""
