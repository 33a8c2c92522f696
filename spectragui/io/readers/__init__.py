"""One reader a file; importing this package registers them all."""

from spectragui.io.readers import (
    carmenes,
    ecsv,
    fits_image,
    fits_table,
    galah,
    harps_e2ds,
    iraf_multispec,
    order_images,
    own_files,
    text_columns,
)

__all__ = [
    "carmenes",
    "ecsv",
    "fits_image",
    "fits_table",
    "galah",
    "harps_e2ds",
    "iraf_multispec",
    "order_images",
    "own_files",
    "text_columns",
]
