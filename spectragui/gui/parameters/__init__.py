"""Parameters: labels of the selected spectrum, with their errors and verdict."""
