"""Security 安全: who is looking, which rows are his, what may be bound where."""

from yishu.security.bind import among, bound, value
from yishu.security.policy import Grant, Rows
from yishu.security.scope import TableRules, TableSet, rolled, scope
from yishu.security.viewer import Viewer, people, rights, system_viewer, viewer, with_patients

__all__ = [
    "Grant",
    "Rows",
    "TableRules",
    "TableSet",
    "Viewer",
    "among",
    "bound",
    "people",
    "rights",
    "rolled",
    "scope",
    "system_viewer",
    "value",
    "viewer",
    "with_patients",
]
