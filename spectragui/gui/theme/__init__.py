"""Colours, icons, and the characters that the interface uses."""
