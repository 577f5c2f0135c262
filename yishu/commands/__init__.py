"""Commands 命令: one file a command group; each offers `register(app)`."""
