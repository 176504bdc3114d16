"""The command line and the forms of a report: parse, call the app, render."""
