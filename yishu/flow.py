"""Flow 数据流: a batch walks through the house."""
