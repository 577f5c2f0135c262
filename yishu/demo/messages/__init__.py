"""Messages 消息: the last two days of the same life as HL7 v2, FHIR, DICOM headers and CDA, one a file, as the systems would have sent them."""

from yishu.demo.messages.papers import SHELVES, shelve
from yishu.demo.messages.post import CHANNELS, Posted, post, write_truth

__all__ = ["CHANNELS", "SHELVES", "Posted", "post", "shelve", "write_truth"]
