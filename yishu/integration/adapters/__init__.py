"""Adapters 适配器: one protocol or store each."""
