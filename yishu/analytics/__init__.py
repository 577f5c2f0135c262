"""Analytics 自助分析: cockpit, charts, exports."""
