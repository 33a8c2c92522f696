"""The command line: one command a file, the same functions that the window calls."""
