"""Roadmap 实施路径."""
