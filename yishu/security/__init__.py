"""Security 安全: viewers, roles, scope, masks, audit."""
