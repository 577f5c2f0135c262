"""Metrics 指标中心: definition, plan, compile, measure."""
