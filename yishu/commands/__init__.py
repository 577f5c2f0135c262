"""Commands 命令: one file a command, wired by the command line."""
