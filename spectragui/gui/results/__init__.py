"""Results: the table of predictions, its export, the Kiel diagram."""
