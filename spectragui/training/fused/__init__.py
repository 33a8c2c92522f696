"""Train one network on two arms of the same stars."""
