"""Main window, docks, bars, log, jobs, help."""
