"""Bench 测速与证明: ratios to something run in the same minute, and proofs that can be resumed."""
