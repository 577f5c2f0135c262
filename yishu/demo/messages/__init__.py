"""Messages 消息: the last two days of the same life as HL7 v2, one message a file, as the source systems would have sent them."""

from yishu.demo.messages.post import CHANNELS, Posted, post, write_truth

__all__ = ["CHANNELS", "Posted", "post", "write_truth"]
