"""The node over HTTP: sessions, statements in, views out, live events. Thin: parses, calls the node, renders."""
