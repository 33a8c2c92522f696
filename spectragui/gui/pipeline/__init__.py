"""Chains of stages in the window: what of them is shown, how they are edited, run, kept and saved."""
