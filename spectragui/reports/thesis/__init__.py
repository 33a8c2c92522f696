"""The thesis on StarNet and VGG for CARMENES."""
