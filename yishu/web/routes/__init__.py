"""Routes 接口: parse, call one function, return."""
