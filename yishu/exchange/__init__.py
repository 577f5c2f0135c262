"""Exchange 对外服务."""
