"""How orders are joined."""
