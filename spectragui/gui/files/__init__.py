"""Files: opening, saving, the import assistant, watched folders."""
