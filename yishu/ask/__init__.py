"""Ask 问数: a question in Chinese becomes a governed query."""
