"""Frame in, HoloViews element out."""
