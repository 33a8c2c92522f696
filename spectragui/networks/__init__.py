"""Network architectures, one readable file each; imported late, since they import torch."""
