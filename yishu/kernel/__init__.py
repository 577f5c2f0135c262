"""Kernel 地基: errors, clock, settings, keys, stores. Knows nothing of hospitals."""

from yishu.kernel.clock import Clock, clock_from
from yishu.kernel.errors import Defect, InputError, NotPermitted, SourceError, YishuError
from yishu.kernel.settings import Settings

__all__ = ["Clock", "Defect", "InputError", "NotPermitted", "Settings", "SourceError", "YishuError", "clock_from"]
