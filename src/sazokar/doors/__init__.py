"""The doors: thin ways in and out; they parse, call `app`, and render."""
