"""Plots: what two features draw with."""
