"""What is known of a spectrum's axis, its header, and what converts or corrects it."""
