"""The state of the window, and how it changes."""
