"""Web 门户: the HTTP front door."""
