"""Yishu 医枢: the data pivot of a smart hospital."""

__version__ = "0.1.0"
