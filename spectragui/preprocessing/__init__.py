"""Stages that make an observed spectrum ready, one a file."""
