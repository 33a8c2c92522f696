"""Values, rules and shared numerics: what every other part speaks."""
