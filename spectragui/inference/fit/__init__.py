"""Least squares of an emulator on the native pixels."""
