"""The only bridge between threads, processes and Qt."""
