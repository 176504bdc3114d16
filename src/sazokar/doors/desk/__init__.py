"""The duty officer's desk: the commands by which people live by an agreement, over a ledger in a folder."""
