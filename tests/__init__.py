"""Tests 检查: house, unit, golden, property, engines, flow, contract, browser."""
