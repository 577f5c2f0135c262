"""Catalogue 资产目录: asset, column, level, owner."""
