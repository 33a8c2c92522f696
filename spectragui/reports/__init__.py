"""Reproduction of the four papers: each table and figure in a file of its own, on one page a paper."""
