"""Adapters 适配器: one protocol or store each. Table sources: sqlite, postgres, mysql, csv, excel, parquet."""
