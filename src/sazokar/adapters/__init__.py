"""Technologies behind the ports of `app.ports`, one file each."""
