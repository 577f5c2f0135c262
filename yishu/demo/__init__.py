"""Demo 模拟医院: a living hospital made of stories; writes source systems and the truth. Imports the kernel only."""

from yishu.demo.make import DemoReceipt, make

__all__ = ["DemoReceipt", "make"]
