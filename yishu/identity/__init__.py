"""Identity 患者主索引: who is one person; the vault."""
