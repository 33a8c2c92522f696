"""Line lists: the bundled ones and the user's own."""
