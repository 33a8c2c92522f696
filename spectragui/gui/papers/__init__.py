"""Reproduce a paper from the window: choose it, run it as a job, open its page."""
