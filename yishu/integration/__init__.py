"""Integration 集成平台: sources, raw loads, messages, channels."""
