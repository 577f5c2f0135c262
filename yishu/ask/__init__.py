"""Ask 问数: a question in Chinese becomes a governed query, or an honest question back."""

from yishu.ask.conversation import Turn, Understanding
from yishu.ask.frame import Asker, Filter, Frame, Having, Option, Reply, Span
from yishu.ask.hints import Hint, Hints
from yishu.ask.vocabulary import Vocabulary

__all__ = ["Asker", "Filter", "Frame", "Having", "Hint", "Hints", "Option", "Reply", "Span", "Turn", "Understanding", "Vocabulary"]
