"""Demo 模拟医院: a living hospital made of stories."""
